/**
 * Changes in batches, each small enough for one commit. Pure.
 */

import type { Change } from '../plan/change.ts';

/** A commit holds 10 MiB, https://cloud.google.com/firestore/quotas; a change is in it twice, as itself and as its record. */
const MAX_BATCH_LENGTH = 3_000_000;
/** So that an apply that is stopped has not long to go on. */
const MAX_BATCH_CHANGES = 100;

export function* batchesOf(changes: readonly Change[]): Generator<readonly Change[]> {
  let batch: Change[] = [];
  let length = 0;
  for (const change of changes) {
    const more = lengthOf(change);
    if (batch.length > 0 && (batch.length === MAX_BATCH_CHANGES || length + more > MAX_BATCH_LENGTH)) {
      yield batch;
      batch = [];
      length = 0;
    }
    batch.push(change);
    length += more;
  }
  if (batch.length > 0) yield batch;
}

function lengthOf({ after = '', consequences }: Change): number {
  return consequences.reduce((sum, { what, target = '' }) => sum + what.length + target.length, after.length);
}
