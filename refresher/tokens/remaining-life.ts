/**
 * How long a token still lives, whatever happens to this machine's clocks.
 *
 * Lives are counted in a time of their own, which never goes back and never stands still: it runs with the monotonic
 * clock, and where the wall clock has gone further, because the machine slept or somebody set it forward, by that as
 * well. A clock that is set back extends nothing. Asked now and then, it also sees a set-back that a later sleep would hide.
 */

import type { Clock } from './clock.ts';

/** Further apart than this, the clocks tell of a jump or of a sleep; less is rounding and NTP at work. */
const CLOCKS_PARTED_MS = 1_000;

/** Milliseconds since some moment, of all the time that may have passed. */
export function createLifeTime({ wallMs, monotonicMs }: Pick<Clock, 'wallMs' | 'monotonicMs'>): () => number {
  let offsetMs = wallMs() - monotonicMs();
  let sleptMs = 0;
  return function nowMs() {
    const monotonic = monotonicMs();
    const partedMs = wallMs() - monotonic - offsetMs;
    if (Math.abs(partedMs) >= CLOCKS_PARTED_MS) {
      offsetMs += partedMs;
      sleptMs += Math.max(partedMs, 0);
    }
    return monotonic + sleptMs;
  };
}

/** An answer that took longer may have lain about while the process was stopped. */
const SLOW_ANSWER_MS = 5_000;

/**
 * When a token ends. Its life was counted when the answer left the function, which is just before it came; where that is
 * not certain it counts from the question.
 */
export function expiryMs(lifeSeconds: number, askedAtMs: number, answeredAtMs: number): number {
  const isCertain = answeredAtMs - askedAtMs <= SLOW_ANSWER_MS;
  return (isCertain ? answeredAtMs : askedAtMs) + lifeSeconds * 1000;
}

/** As clients are told: whole seconds, rounded down. Below 1, the token counts as expired. */
export function remainingSeconds(untilMs: number, nowMs: number): number {
  return Math.floor((untilMs - nowMs) / 1000);
}
