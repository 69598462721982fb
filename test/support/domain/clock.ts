/** A clock that stands still until a test moves it. */
export interface Clock {
  readonly nowMs: () => number;
  /** Forwards, or backwards where `ms` is negative. */
  readonly advance: (ms: number) => void;
}

/** When tests happen. */
export const NOW = new Date('2026-03-01T12:00:00Z');

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

export function createClock(startsAtMs = NOW.getTime()): Clock {
  let nowMs = startsAtMs;
  return {
    nowMs: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
  };
}
