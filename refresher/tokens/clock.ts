/**
 * The two clocks that a token's life is measured by, and the timers between them.
 *
 * The wall clock goes on while a machine sleeps, but people and NTP set it; the monotonic one is never set, but stands
 * still in a suspend. Timers follow the monotonic one.
 */

export interface Clock {
  readonly wallMs: () => number;
  readonly monotonicMs: () => number;
  /** Calls `fn` once, `ms` from now; returns how to prevent that. */
  readonly setTimer: (ms: number, fn: () => void) => () => void;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(ms, fn) {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
};
