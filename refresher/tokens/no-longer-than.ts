/**
 * Waiting for work that others wait for, too, and that goes on when one of them has waited long enough.
 */

import type { Clock } from './clock.ts';

/** `undefined`: the time was over first. Rejects as the work does. */
export function noLongerThan<T>(
  work: Promise<T>,
  ms: number,
  setTimer: Clock['setTimer'],
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const cancel = setTimer(ms, () => resolve(undefined));
    work.then(resolve, reject).finally(cancel);
  });
}
