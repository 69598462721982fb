/**
 * The port to the database of the grants, for those who own them: what is stored, what was changed, by whom.
 *
 * Beside the documents that the functions read, the desk keeps `history/ID`, one document for each apply, with
 * `history/ID/changes/…`, one for each document that it changed, and `history/latest`, the apply that is under way or was
 * the last. A change and its record are written together or not at all.
 */

import type { DocumentText } from '../documents/document-text.ts';

/** Tells one state of a document from every other. */
export type Version = string;

export interface StoredDocumentText {
  readonly id: string;
  readonly text: DocumentText;
  readonly version: Version;
}

/** A document as it was read. */
export type Known = Pick<StoredDocumentText, 'text' | 'version'>;

/** What one apply did, or is about to do. */
export interface ApplyRecord {
  readonly id: string;
  readonly state: 'running' | 'done';
  readonly by: string;
  /** The commit of the files; `undefined` where they are in no repository. */
  readonly commit: string | undefined;
  readonly startedAt: Date;
  readonly changedAt: Date;
  /** Changes that are in the database, of all. */
  readonly applied: number;
  readonly of: number;
  readonly planSha256: string;
  /** Of what the files want: another plan with the same goal may go on where this one was interrupted. */
  readonly goalSha256: string;
  /** The interrupted apply that this one went on from, or replaced. */
  readonly follows: string | undefined;
  /** The process that wrote this last. */
  readonly writer: string;
}

export interface Latest {
  readonly record: ApplyRecord;
  readonly version: Version;
}

export interface ChangeRecord {
  readonly document: string;
  readonly change: 'created' | 'changed' | 'deleted';
  /** As the plan showed it. */
  readonly lines: readonly string[];
}

export interface DocumentWrite {
  readonly id: string;
  /** As it was read; `undefined`: there was no such document. */
  readonly before: Known | undefined;
  /** `undefined`: delete it. */
  readonly after: DocumentText | undefined;
  readonly record: ChangeRecord;
}

export interface KillRecord {
  readonly id: string;
  readonly by: string;
  readonly at: Date;
  readonly reason: string;
  readonly lines: readonly string[];
}

export type HistoryEntry =
  | ({ readonly kind: 'apply' } & ApplyRecord)
  | ({ readonly kind: 'kill-switch' } & KillRecord);

/** Something was not as it had been read; nothing was written. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

/** Every method throws a `Failure` where the database cannot be reached, or refuses. */
export interface GrantsDatabase {
  /** For people: which database of which project. */
  readonly name: string;
  /** All documents under `principals`, as they stood at one moment. */
  readonly principals: () => AsyncIterable<StoredDocumentText>;
  readonly principal: (id: string) => Promise<StoredDocumentText | undefined>;
  readonly versions: (ids: readonly string[]) => Promise<ReadonlyMap<string, Version>>;
  readonly latest: () => Promise<Latest | undefined>;
  /**
   * Writes all of it or nothing, and throws `Overtaken` where the latest apply or a document is not as it was read.
   * Returns the new version of the latest apply.
   */
  readonly commit: (
    record: ApplyRecord,
    latest: Version | undefined,
    writes: readonly DocumentWrite[],
  ) => Promise<Version>;
  /** Newest first. */
  readonly history: (limit: number) => Promise<readonly HistoryEntry[]>;
  readonly changesOf: (applyId: string) => Promise<readonly ChangeRecord[]>;
  readonly killSwitch: () => Promise<Known | undefined>;
  /** Throws `Overtaken` where it is not as it was read. */
  readonly setKillSwitch: (
    after: DocumentText,
    before: Known | undefined,
    record: KillRecord,
  ) => Promise<void>;
  readonly close: () => Promise<void>;
}
