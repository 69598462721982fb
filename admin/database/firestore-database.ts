/**
 * The grants in Firestore. The only user of the Firestore client among the operator's commands.
 *
 * The client has no deadline that works, so every wait has one here.
 */

import {
  FieldPath,
  FieldValue,
  Firestore,
  QueryDocumentSnapshot,
  Timestamp,
  type DocumentSnapshot,
  type WriteBatch,
} from '@google-cloud/firestore';
import { KILL_SWITCH_PATH, PRINCIPALS } from '../../shared/grants/grant-store.ts';
import { errorCode, isRecord } from '../../shared/unknown.ts';
import { documentOfText, textOfDocument } from '../documents/document-text.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { DatabaseAddress } from './database-address.ts';
import {
  Overtaken,
  type DocumentWrite,
  type GrantsDatabase,
  type Known,
  type StoredDocumentText,
  type Version,
} from './grants-database.ts';
import { applyRecordOf, changeRecordOf, historyEntryOf, storedRecord } from './history-documents.ts';

const HISTORY = 'history';
const LATEST_PATH = `${HISTORY}/latest`;
const ANSWER_TIMEOUT_MS = 30_000;

/** gRPC: not found, already there, precondition failed, aborted. */
const OVERTAKEN_CODES: readonly unknown[] = [5, 6, 9, 10];
/** gRPC: permission denied, unauthenticated. */
const DENIED_CODES: readonly unknown[] = [7, 16];
/** gRPC: a document or a commit that Firestore takes in no state of the database. */
const INVALID_ARGUMENT = 3;
/** gRPC: not found; for a read, where a document that is absent is no error, the database. */
const NOT_FOUND = 5;

export function openFirestoreDatabase({ projectId, databaseId }: DatabaseAddress): GrantsDatabase {
  const name = `database ${databaseId} of project ${projectId}`;
  const firestore = new Firestore({ projectId, databaseId });
  const principals = firestore.collection(PRINCIPALS);
  const read = async (path: string) => {
    const snapshot = await answered(firestore.doc(path).get());
    return snapshot.exists ? snapshot : undefined;
  };

  async function answered<T>(work: Promise<T>): Promise<T> {
    const timer = Promise.withResolvers<never>();
    const timeout = setTimeout(() => timer.reject(unavailable()), ANSWER_TIMEOUT_MS);
    try {
      return await Promise.race([work, timer.promise]);
    } catch (error) {
      throw error instanceof Failure ? error : failureOf(error);
    } finally {
      clearTimeout(timeout);
    }
  }

  async function committed(batch: WriteBatch): Promise<Version> {
    const results = await answered(
      batch.commit().catch((cause: unknown) => {
        throw OVERTAKEN_CODES.includes(errorCode(cause))
          ? new Overtaken('not as it was read', { cause })
          : cause;
      }),
    );
    const [first] = results;
    return first === undefined ? '' : versionOf(first.writeTime);
  }

  function failureOf(cause: unknown): Error {
    const code = errorCode(cause);
    if (cause instanceof Overtaken) return cause;
    if (DENIED_CODES.includes(code)) {
      const message = `${name} refuses: whoever you are logged in as needs roles/datastore.user on it (gcloud auth application-default login changes who you are)`;
      return new Failure(EXIT_CODES.notAllowed, message, { cause });
    }
    if (code === INVALID_ARGUMENT) {
      const message = `${name} does not take what is written: a document may hold 1 MiB, so give a fleet of that many grants documents of its instances`;
      return new Failure(EXIT_CODES.badFile, message, { cause });
    }
    if (code === NOT_FOUND) {
      const message = `${name} does not exist: gcloud firestore databases list --project=${projectId} shows those that do`;
      return new Failure(EXIT_CODES.badConfiguration, message, { cause });
    }
    // what has no code of gRPC is no answer of the database, but a bug
    return typeof code === 'number' || !(cause instanceof Error) ? unavailable(cause) : cause;
  }

  function unavailable(cause?: unknown): Failure {
    const message = `${name} cannot be reached; nothing is known to have changed since: try again`;
    return new Failure(EXIT_CODES.unavailable, message, { cause });
  }

  return {
    name,

    async *principals() {
      try {
        for await (const snapshot of principals.stream()) {
          // the client types its streams as Node's, whose chunks are anything
          if (snapshot instanceof QueryDocumentSnapshot) yield storedText(snapshot);
        }
      } catch (cause) {
        throw failureOf(cause);
      }
    },

    async principal(id) {
      const snapshot = await read(`${PRINCIPALS}/${id}`);
      return snapshot && storedText(snapshot);
    },

    async versions(ids) {
      const versions = new Map<string, Version>();
      for (let at = 0; at < ids.length; at += 300) {
        const references = ids.slice(at, at + 300).map((id) => principals.doc(id));
        const snapshots = await answered(firestore.getAll(...references, { fieldMask: [] }));
        for (const { id, updateTime } of snapshots) {
          if (updateTime !== undefined) versions.set(id, versionOf(updateTime));
        }
      }
      return versions;
    },

    async latest() {
      const snapshot = await read(LATEST_PATH);
      if (snapshot === undefined) return undefined;
      const record = applyRecordOf(snapshot.data());
      if (record !== undefined) return { record, version: versionOf(snapshot.updateTime) };
      throw new Failure(
        EXIT_CODES.badFile,
        `${LATEST_PATH} in ${name} is not what an apply writes: somebody has changed it`,
      );
    },

    async commit(record, latest, writes) {
      const batch = firestore.batch();
      const stored = storedRecord(record);
      replace(
        batch,
        LATEST_PATH,
        stored,
        latest === undefined ? undefined : { fields: stored, version: latest },
      );
      batch.set(firestore.doc(`${HISTORY}/${record.id}`), { kind: 'apply', ...stored });
      for (const write of writes) {
        writeDocument(batch, write);
        const path = `${HISTORY}/${record.id}/changes/${write.id}`;
        // fails where it is there, so that nothing can be applied twice
        batch.create(firestore.doc(path), { ...write.record });
      }
      return committed(batch);
    },

    async history(limit) {
      const query = firestore
        .collection(HISTORY)
        .orderBy('id', 'desc')
        .limit(limit + 1);
      const { docs } = await answered(query.get());
      return docs.flatMap((doc) => historyEntryOf(doc.id, doc.data()) ?? []).slice(0, limit);
    },

    async changesOf(applyId) {
      const { docs } = await answered(firestore.collection(`${HISTORY}/${applyId}/changes`).get());
      return docs.flatMap((doc) => changeRecordOf(doc.data()) ?? []);
    },

    async killSwitch() {
      const snapshot = await read(KILL_SWITCH_PATH);
      return snapshot && storedText(snapshot);
    },

    async setKillSwitch(after, before, record) {
      const batch = firestore.batch();
      replace(batch, KILL_SWITCH_PATH, fieldsOf(after), replaced(before));
      batch.create(firestore.doc(`${HISTORY}/${record.id}`), { kind: 'kill-switch', ...record });
      await committed(batch);
    },

    close: () => firestore.terminate(),
  };

  function writeDocument(batch: WriteBatch, { id, before, after }: DocumentWrite): void {
    const path = `${PRINCIPALS}/${id}`;
    if (after !== undefined) return replace(batch, path, fieldsOf(after), replaced(before));
    batch.delete(firestore.doc(path), before && { lastUpdateTime: timestampOf(before.version) });
  }

  /** `set` takes no precondition, and `update` leaves the fields that it is not told about: so it is told about all. */
  function replace(batch: WriteBatch, path: string, fields: Fields, before: Replaced | undefined): void {
    const reference = firestore.doc(path);
    if (before === undefined) {
      batch.create(reference, fields);
      return;
    }
    const gone = Object.keys(before.fields).filter((field) => !Object.hasOwn(fields, field));
    const all = [
      ...Object.entries(fields),
      ...gone.map((field): [string, unknown] => [field, FieldValue.delete()]),
    ].flatMap(([field, value]) => [new FieldPath(field), value]);
    const [field, value, ...others] = all;
    const precondition = { lastUpdateTime: timestampOf(before.version) };
    if (field instanceof FieldPath) batch.update(reference, field, value, ...others, precondition);
  }
}

type Fields = Readonly<Record<string, unknown>>;
/** The document that a write is to replace, as it was read. */
type Replaced = { readonly fields: Fields; readonly version: Version };

function replaced(before: Known | undefined): Replaced | undefined {
  return before && { fields: fieldsOf(before.text), version: before.version };
}

function storedText(snapshot: DocumentSnapshot): StoredDocumentText {
  return { id: snapshot.id, text: textOfDocument(snapshot.data()), version: versionOf(snapshot.updateTime) };
}

function fieldsOf(text: string): Fields {
  const document = documentOfText(text);
  if (!isRecord(document)) throw new TypeError('a document is a map');
  return document;
}

function versionOf(time: Timestamp | undefined): Version {
  return time === undefined ? '' : `${time.seconds}.${String(time.nanoseconds).padStart(9, '0')}`;
}

function timestampOf(version: Version): Timestamp {
  const [seconds, nanoseconds] = version.split('.').map(Number);
  return new Timestamp(seconds ?? 0, nanoseconds ?? 0);
}
