/**
 * The apply: take the desk, write batch after batch, hand the desk back.
 *
 * `history/latest` is the desk. Each batch writes it with the precondition that it is as this process left it, together
 * with the documents, each with the precondition that it is as the plan read it, and with the records of their changes.
 * So two operators never mix, a process that was killed has written whole batches or nothing, and who goes on where it
 * stopped knows from `applied` how far it came.
 */

import {
  Overtaken,
  type ApplyRecord,
  type DocumentWrite,
  type GrantsDatabase,
  type Latest,
} from '../database/grants-database.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { Change, Plan } from '../plan/change.ts';
import { planSha256 } from '../plan/plan-file.ts';
import { consequenceLine } from '../plan/render-plan.ts';
import { batchesOf } from './batches.ts';
import { beginning, type Beginning } from './beginning.ts';
import { changedMeanwhile, interruptedMeanwhile } from './overtaken.ts';

export interface ApplyOptions {
  readonly operator: string;
  readonly unique: () => string;
  readonly now: () => Date;
  /** Replace an interrupted apply that wanted something else. */
  readonly takesOver: boolean;
  readonly progress: (applied: number, of: number) => void;
}

export interface Applied {
  readonly id: string;
  /** By this call; the rest was there already. */
  readonly written: number;
}

/** Throws a `Failure` that says what is in the database and what is not. */
export async function applyPlan(
  plan: Plan,
  database: GrantsDatabase,
  options: ApplyOptions,
): Promise<Applied> {
  const sha256 = planSha256(plan);
  const latest = await database.latest();
  const begun = beginning({ plan, sha256, latest, options });
  if ('finished' in begun) return { id: begun.finished, written: 0 };
  const rest = plan.changes.slice(begun.record.applied);
  await checkUnchanged(rest, database, begun);
  let { record, version } = begun;
  for (const batch of batchesOf(rest)) {
    const next = advanced(record, batch.length, options.now());
    version = await write(next, version, batch, database);
    record = next;
    options.progress(record.applied, record.of);
  }
  // nothing was left to do of what had been interrupted
  if (rest.length === 0 && latest?.record.state === 'running') {
    await write(advanced(record, 0, options.now()), version, [], database);
  }
  return { id: record.id, written: rest.length };
}

function advanced(record: ApplyRecord, by: number, changedAt: Date): ApplyRecord {
  const applied = record.applied + by;
  return { ...record, applied, changedAt, state: applied === record.of ? 'done' : 'running' };
}

/** Before anything is written, so that a plan that is out of date changes nothing at all. */
async function checkUnchanged(
  changes: readonly Change[],
  database: GrantsDatabase,
  { record }: Beginning,
): Promise<void> {
  const versions = await database.versions(changes.map(({ id }) => id));
  const others = changes.filter(({ id, before }) => versions.get(id) !== before?.version);
  if (others.length > 0)
    throw changedMeanwhile(
      others.map(({ id }) => id),
      record,
    );
}

async function write(
  record: ApplyRecord,
  version: string | undefined,
  changes: readonly Change[],
  database: GrantsDatabase,
): Promise<string> {
  try {
    return await database.commit(record, version, changes.map(writeOf));
  } catch (error) {
    const now = await database.latest();
    // the answer was lost, and not what it answered
    if (now !== undefined && isOurs(now, record)) return now.version;
    if (!(error instanceof Overtaken)) throw stopped(error, record, changes.length);
    if (now?.version !== version) throw interruptedMeanwhile(now, record, changes.length);
    const versions = await database.versions(changes.map(({ id }) => id));
    const others = changes.filter(({ id, before }) => versions.get(id) !== before?.version);
    throw changedMeanwhile(
      others.map(({ id }) => id),
      { ...record, applied: record.applied - changes.length },
    );
  }
}

function isOurs({ record }: Latest, ours: ApplyRecord): boolean {
  return record.id === ours.id && record.writer === ours.writer && record.applied === ours.applied;
}

function stopped(error: unknown, { applied, of }: ApplyRecord, last: number): Failure {
  const why = error instanceof Error ? error.message : 'unknown';
  const exitCode = error instanceof Failure ? error.exitCode : EXIT_CODES.bug;
  const message = `${why}; ${applied - last} of ${of} changes are applied: run the same apply again, it goes on from there`;
  return new Failure(exitCode, message, { cause: error });
}

function writeOf({ id, kind, before, after, consequences }: Change): DocumentWrite {
  return {
    id,
    before,
    after,
    record: { document: id, change: kind, lines: recordLines(consequences.map(consequenceLine)) },
  };
}

/** A record has to fit into a document, beside which the change itself may be one. */
const MAX_RECORD_LENGTH = 400_000;

function recordLines(lines: readonly string[]): readonly string[] {
  let length = 0;
  const kept = lines.filter((line) => (length += line.length) <= MAX_RECORD_LENGTH);
  return kept.length === lines.length ? lines : [...kept, `… and ${lines.length - kept.length} more`];
}
