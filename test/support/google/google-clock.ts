/** The time as this Google sees it: the test's clock plus an offset, so that the two can disagree. */
export interface GoogleClock {
  /** Milliseconds added to the test's clock; negative when Google is behind. */
  offsetMs: number;
  readonly nowMs: () => number;
  /** Whole seconds, rounded down, as Google writes `iat`, `exp` and `expireTime`. */
  readonly nowSeconds: () => number;
}

export function createGoogleClock(clockMs: () => number): GoogleClock {
  const clock: GoogleClock = {
    offsetMs: 0,
    nowMs: () => clockMs() + clock.offsetMs,
    nowSeconds: () => Math.floor(clock.nowMs() / 1000),
  };
  return clock;
}
