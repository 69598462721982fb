/**
 * How an apply may begin, given the latest one: anew, where one was interrupted, in its place, or not at all. Pure.
 */

import type { ApplyRecord, Latest, Version } from '../database/grants-database.ts';
import { historyId } from '../database/history-id.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { Plan } from '../plan/change.ts';

export interface Beginning {
  /** As it is before the first batch. */
  readonly record: ApplyRecord;
  readonly version: Version | undefined;
}

interface Question {
  readonly plan: Plan;
  readonly sha256: string;
  readonly latest: Latest | undefined;
  readonly options: {
    readonly operator: string;
    readonly takesOver: boolean;
    readonly unique: () => string;
    readonly now: () => Date;
  };
}

/** `finished`: this very plan has been applied, by the apply of that id. Throws a `Failure` where another came before. */
export function beginning(question: Question): Beginning | { readonly finished: string } {
  const { plan, sha256, latest, options } = question;
  if (latest === undefined) return plan.latest === undefined ? anew(question, undefined) : lost();
  const { record, version } = latest;
  if (record.planSha256 === sha256) {
    if (record.state === 'done') return { finished: record.id };
    return { record: { ...record, writer: options.unique(), changedAt: options.now() }, version };
  }
  if (plan.latest !== version) throw another(record);
  if (record.state === 'done') return anew(question, undefined);
  // the plan was made after the interruption: it knows what the other has written
  if (record.goalSha256 === plan.goalSha256 || options.takesOver) return anew(question, record.id);
  throw interrupted(record);
}

function anew({ plan, sha256, latest, options }: Question, follows: string | undefined): Beginning {
  const startedAt = options.now();
  const writer = options.unique();
  const id = historyId(startedAt, writer);
  const record: ApplyRecord = {
    id,
    state: 'running',
    by: options.operator,
    commit: plan.commit,
    startedAt,
    changedAt: startedAt,
    applied: 0,
    of: plan.changes.length,
    planSha256: sha256,
    goalSha256: plan.goalSha256,
    follows,
    writer,
  };
  return { record, version: latest?.version };
}

function lost(): never {
  const message = 'the database has no history any more, but the plan was made when it had: make a new plan';
  throw new Failure(EXIT_CODES.overtaken, message);
}

function another({ id, by, changedAt, applied, of, state }: ApplyRecord): Failure {
  const doing = state === 'done' ? `applied ${of} changes` : `has applied ${applied} of ${of} changes`;
  const message = `${by} ${doing} at ${changedAt.toISOString()}, after this plan was made; nothing of it was applied. See token-vending grants history ${id}, then make a new plan`;
  return new Failure(EXIT_CODES.overtaken, message);
}

function interrupted({ id, by, changedAt, applied, of }: ApplyRecord): Failure {
  const message = `the apply ${id} of ${by} has stopped at ${applied} of ${of} changes, the last at ${changedAt.toISOString()}, and it wanted something else. Let ${by} finish it, or add --take-over to replace it; nothing was applied`;
  return new Failure(EXIT_CODES.overtaken, message);
}
