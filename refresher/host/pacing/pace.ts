/**
 * How fast one task is answered: requests that come faster wait, so that a task which never stops asking takes no more
 * than its share of the daemon, whose one thread answers all of them.
 */

import type { Clock } from '../../tokens/clock.ts';

export interface Pace {
  /** Calls back now, or as soon as the pace allows. `false`: never, as too many wait already. `turns`: what it costs. */
  readonly whenDue: (act: () => void, turns?: number) => boolean;
  /** What was done without waiting is waited for by those that wait, and by those that come next. */
  readonly charge: (turns: number) => void;
}

interface Options {
  readonly nowMs: () => number;
  readonly setTimer: Clock['setTimer'];
}

/** A crowd of programs that start at once asks a handful of questions each. */
export const BURST = 300;
export const PER_SECOND = 500;
/** The crowd, too, leaves the others their turn in between. */
export const AT_ONCE = 10;
export const PEAK_PER_SECOND = 2_000;
/** More than its connections: only who does not wait for answers gets there. Each that waits takes memory. */
export const MAX_WAITING = 500;

export function createPace({ nowMs, setTimer }: Options): Pace {
  const meters = [createMeter(PER_SECOND, BURST), createMeter(PEAK_PER_SECOND, AT_ONCE)];
  let isAwaited = false;
  let isNewestNext = false;
  const waiting: { readonly act: () => void; readonly turns: number }[] = [];

  function charge(turns: number): void {
    const now = nowMs();
    for (const meter of meters) meter.take(now, turns);
  }

  function delayMs(): number {
    const now = nowMs();
    return Math.max(...meters.map((meter) => meter.delayMs(now)));
  }

  // one timer for all, since what a turn costs is not always known before it was had
  function awaitTurn(): void {
    if (isAwaited) return;
    isAwaited = true;
    setTimer(Math.max(Math.ceil(delayMs()), 1), () => {
      isAwaited = false;
      try {
        while (waiting.length > 0 && delayMs() <= 0) giveTurn();
      } finally {
        if (waiting.length > 0) awaitTurn();
      }
    });
  }

  // Nobody sees that a client has given up, and such have waited longest: so the newest and the oldest alternate.
  function giveTurn(): void {
    const next = isNewestNext ? waiting.pop() : waiting.shift();
    isNewestNext = !isNewestNext;
    if (next === undefined) return;
    charge(next.turns);
    next.act();
  }

  return {
    charge,
    whenDue(act, turns = 1) {
      const isDue = waiting.length === 0 && delayMs() <= 0;
      if (!isDue && waiting.length >= MAX_WAITING) return false;
      waiting.push({ act, turns });
      if (isDue) giveTurn();
      else awaitTurn();
      return true;
    },
  };
}

function createMeter(perSecond: number, burst: number) {
  const intervalMs = 1_000 / perSecond;
  // so much earlier than its turn may a request come
  const toleranceMs = (burst - 1) * intervalMs;
  // when the next request would come, had each waited for its turn
  let nextTurnMs = 0;
  return {
    delayMs: (now: number) => nextTurnMs - toleranceMs - now,
    take(now: number, turns: number) {
      nextTurnMs = Math.max(nextTurnMs, now) + turns * intervalMs;
    },
  };
}
