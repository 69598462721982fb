/**
 * How fast one task is answered: requests that come faster wait, so that a task which never stops asking takes no more
 * than its share of the daemon, whose one thread answers all of them.
 */

import type { Clock } from '../../tokens/clock.ts';

/** Calls back now, or as soon as the pace allows. `false`: never, as too many wait already. `turns`: what it costs. */
export type Pace = (act: () => void, turns?: number) => boolean;

interface Options {
  readonly nowMs: () => number;
  readonly setTimer: Clock['setTimer'];
}

/** A crowd of programs that start at once asks a handful of questions each. */
export const BURST = 300;
export const PER_SECOND = 500;
/** More than its connections: only who does not wait for answers gets there. Each that waits takes memory. */
export const MAX_WAITING = 500;

const INTERVAL_MS = 1_000 / PER_SECOND;
/** So much earlier than its turn may a request come. */
const TOLERANCE_MS = (BURST - 1) * INTERVAL_MS;

export function createPace({ nowMs, setTimer }: Options): Pace {
  // when the next request would come, had each waited for its turn
  let nextTurnMs = 0;
  let waiting = 0;
  return function pace(act, turns = 1) {
    const now = nowMs();
    const delayMs = nextTurnMs - TOLERANCE_MS - now;
    if (delayMs > 0 && waiting >= MAX_WAITING) return false;
    nextTurnMs = Math.max(nextTurnMs, now) + turns * INTERVAL_MS;
    if (delayMs <= 0) {
      act();
      return true;
    }
    waiting += 1;
    setTimer(Math.ceil(delayMs), () => {
      waiting -= 1;
      act();
    });
    return true;
  };
}
