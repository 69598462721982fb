/**
 * Tells, moment by moment, how long the processor takes for the same few thousand steps, which touch no memory. In a
 * process of its own; `speed-watch.ts` starts it.
 */

import { monotonicMs } from './monotonic-clock.ts';

export interface SpeedSample {
  readonly atMs: number;
  readonly tookMs: number;
}

const EVERY_MS = 2;
/** Some 10 µs: a hundredth of one core's time goes into the watch. */
const STEPS = 10_000;
/** Of which the fastest counts: whoever is interrupted is not slow. */
const TRIES = 2;

let samples: SpeedSample[] = [];

function steps(): number {
  let value = 1;
  for (let step = 0; step < STEPS; step += 1) value = (Math.imul(value, 1_664_525) + 1_013_904_223) | 0;
  return value;
}

function stepsMs(): number {
  const startedAt = performance.now();
  steps();
  return performance.now() - startedAt;
}

setInterval(() => {
  const atMs = monotonicMs();
  samples.push({ atMs, tookMs: Math.min(...Array.from({ length: TRIES }, stepsMs)) });
}, EVERY_MS);

/** Whatever the question is, all since the last one. */
process.on('message', () => {
  process.send?.(samples);
  samples = [];
});
