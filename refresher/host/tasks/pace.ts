/**
 * How fast one task is answered: requests that come faster wait, so that a task which never stops asking takes no more
 * than its share of the daemon, whose one thread answers all of them.
 */

import type { Clock } from '../../tokens/clock.ts';

/** Calls back now, or as soon as the pace allows. */
export type Pace = (act: () => void) => void;

interface Options {
  readonly nowMs: () => number;
  readonly setTimer: Clock['setTimer'];
}

/** A crowd of programs that start at once asks a handful of questions each. */
export const BURST = 1_000;
export const PER_SECOND = 500;

const INTERVAL_MS = 1_000 / PER_SECOND;
/** So much earlier than its turn may a request come. */
const TOLERANCE_MS = (BURST - 1) * INTERVAL_MS;

export function createPace({ nowMs, setTimer }: Options): Pace {
  // when the next request would come, had each waited for its turn
  let nextTurnMs = 0;
  return function pace(act) {
    const now = nowMs();
    const delayMs = nextTurnMs - TOLERANCE_MS - now;
    nextTurnMs = Math.max(nextTurnMs, now) + INTERVAL_MS;
    if (delayMs <= 0) act();
    else setTimer(Math.ceil(delayMs), act);
  };
}
