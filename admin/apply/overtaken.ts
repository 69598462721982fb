/**
 * What an apply says when somebody else was quicker. Pure.
 */

import type { ApplyRecord, Latest } from '../database/grants-database.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { Failure } from '../failure.ts';

const MAX_NAMED = 10;

/** Documents were written past the desk: by a scheduler, in the console, by Firestore's TTL. */
export function changedMeanwhile(ids: readonly string[], { applied, of }: ApplyRecord): Failure {
  const named = ids.slice(0, MAX_NAMED).join(', ');
  const more = ids.length > MAX_NAMED ? ` and ${ids.length - MAX_NAMED} more` : '';
  return overtaken(`${named}${more} changed after the plan was made`, applied, of);
}

/** Another apply has the desk. */
export function interruptedMeanwhile(latest: Latest | undefined, ours: ApplyRecord, last: number): Failure {
  const by = latest?.record.by ?? 'somebody';
  const other = latest?.record.id ?? 'gone';
  const what =
    other === ours.id
      ? `another process of ${by} goes on with this plan`
      : `${by} has begun another apply, ${other}`;
  return overtaken(what, ours.applied - last, ours.of);
}

function overtaken(what: string, applied: number, of: number): Failure {
  const state =
    applied === 0
      ? 'nothing of this plan was applied'
      : `${applied} of ${of} changes of this plan are applied`;
  return new Failure(EXIT_CODES.overtaken, `${what}; ${state}. Make a new plan: it shows what is left to do`);
}
