/**
 * The grants in Firestore. With `firestore-batch.ts` the only user of the Firestore client among the operator's
 * commands.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import {
  Firestore,
  QueryDocumentSnapshot,
  type DocumentSnapshot,
  type WriteBatch,
} from '@google-cloud/firestore';
import { KILL_SWITCH_PATH, PRINCIPALS } from '../../shared/grants/grant-store.ts';
import { fieldsOf, textOfDocument } from '../documents/document-text.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { DatabaseAddress } from './database-address.ts';
import { databaseFailures, isOvertaken } from './database-failures.ts';
import { replace, replaced, writeDocument } from './firestore-batch.ts';
import { Overtaken, type GrantsDatabase, type StoredDocumentText, type Version } from './grants-database.ts';
import { applyRecordOf, changeRecordOf, historyEntryOf, storedRecord } from './history-documents.ts';
import { createPatience } from './patience.ts';
import { versionOf } from './version-of.ts';

const HISTORY = 'history';
const LATEST_PATH = `${HISTORY}/latest`;
/** What it still sends to a server that hangs is nobody's any more. */
const CLOSING_TIMEOUT_MS = 1_000;

export function openFirestoreDatabase(address: DatabaseAddress): GrantsDatabase {
  const { projectId, databaseId } = address;
  const failures = databaseFailures(address);
  const answered = createPatience(failures);
  const firestore = new Firestore({ projectId, databaseId });
  const principals = firestore.collection(PRINCIPALS);
  const read = async (path: string) => {
    const snapshot = await answered(firestore.doc(path).get());
    return snapshot.exists ? snapshot : undefined;
  };

  async function committed(batch: WriteBatch): Promise<Version> {
    const results = await answered(
      batch.commit().catch((cause: unknown) => {
        throw isOvertaken(cause) ? new Overtaken('not as it was read', { cause }) : cause;
      }),
    );
    const [first] = results;
    return first === undefined ? '' : versionOf(first.writeTime);
  }

  return {
    name: failures.name,

    async *principals() {
      const stream = principals.stream();
      const snapshots = stream[Symbol.asyncIterator]();
      for (;;) {
        const { done, value } = await answered(snapshots.next());
        if (done === true) return;
        // the client types its streams as Node's, whose chunks are anything
        if (value instanceof QueryDocumentSnapshot) yield storedText(value);
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
        `${LATEST_PATH} in ${failures.name} is not what an apply writes: somebody has changed it`,
      );
    },

    async commit(record, latest, writes) {
      const batch = firestore.batch();
      const stored = storedRecord(record);
      replace(
        batch,
        firestore.doc(LATEST_PATH),
        stored,
        latest === undefined ? undefined : { fields: stored, version: latest },
      );
      batch.set(firestore.doc(`${HISTORY}/${record.id}`), { kind: 'apply', ...stored });
      for (const write of writes) {
        writeDocument(firestore, batch, write);
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
      replace(batch, firestore.doc(KILL_SWITCH_PATH), fieldsOf(after), replaced(before));
      batch.create(firestore.doc(`${HISTORY}/${record.id}`), { kind: 'kill-switch', ...record });
      await committed(batch);
    },

    close: () => Promise.race([firestore.terminate(), sleep(CLOSING_TIMEOUT_MS, undefined, { ref: false })]),
  };
}

function storedText(snapshot: DocumentSnapshot): StoredDocumentText {
  return { id: snapshot.id, text: textOfDocument(snapshot.data()), version: versionOf(snapshot.updateTime) };
}
