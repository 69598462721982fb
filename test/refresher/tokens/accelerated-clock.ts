/**
 * Both clocks and the timers of a machine, for tests that live through hours: time passes only where a test says so, and
 * whatever falls due happens at its own moment, in order.
 */

import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../../refresher/tokens/clock.ts';
import { NOW } from '../../support/domain/clock.ts';

export interface AcceleratedClock extends Clock {
  /** Lets time pass on both clocks. */
  readonly pass: (ms: number) => Promise<void>;
  /** The machine sleeps: the wall clock alone goes on, and no timer fires. */
  readonly sleep: (ms: number) => void;
  /** Somebody sets the wall clock, forward or, where `ms` is negative, back. */
  readonly setWall: (ms: number) => void;
  /** Timers that wait. */
  readonly pending: () => number;
}

interface Timer {
  readonly at: number;
  readonly fn: () => void;
}

export function createAcceleratedClock(): AcceleratedClock {
  let wall = NOW.getTime();
  let monotonic = 5_000;
  const timers = new Set<Timer>();

  function moveTo(at: number): void {
    wall += at - monotonic;
    monotonic = at;
  }

  return {
    wallMs: () => wall,
    monotonicMs: () => monotonic,
    setTimer(ms, fn) {
      const timer = { at: monotonic + ms, fn };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    pending: () => timers.size,
    sleep: (ms) => {
      wall += ms;
    },
    setWall: (ms) => {
      wall += ms;
    },
    async pass(ms) {
      const until = monotonic + ms;
      await turn();
      for (;;) {
        const [next] = Array.from(timers).toSorted((a, b) => a.at - b.at);
        if (next === undefined || next.at > until) break;
        timers.delete(next);
        moveTo(next.at);
        next.fn();
        await turn();
      }
      moveTo(until);
    },
  };
}
