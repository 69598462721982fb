/**
 * Looks at many tasks, some at a time: requests are answered in between.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';

/** Looking at one takes some hundredths of a millisecond. */
const AT_ONCE = 20;

/** Rejects as the first `look` does that rejects. */
export async function eachInSlices<T>(all: readonly T[], look: (one: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += AT_ONCE) {
    await Promise.all(all.slice(at, at + AT_ONCE).map(look));
    await nextTurn();
  }
}
