/**
 * Tells, moment by moment, how long the processor takes for one small thing: a hash of a few KiB, which is no matter of
 * how well V8 has compiled this program, and stays in the core's own cache. And how much of its time the host has given
 * to others until then. In a process of its own; `speed-watch.ts` starts it.
 */

import { hash } from 'node:crypto';
import { monotonicMs } from './monotonic-clock.ts';
import { openStealTime } from './steal-time.ts';

export interface SpeedSample {
  readonly atMs: number;
  readonly tookMs: number;
  /** Of all cores, since the machine was started. */
  readonly stolenTicks: number;
}

const EVERY_MS = 2;
/** Some 15 µs. */
const HASHED = Buffer.alloc(16 * 1024);
/** Of which the fastest counts: whoever is interrupted, or has just awoken, is not slow. */
const TRIES = 3;

const stolenTicks = openStealTime();
let samples: SpeedSample[] = [];

function hashMs(): number {
  const startedAt = performance.now();
  hash('sha256', HASHED);
  return performance.now() - startedAt;
}

setInterval(() => {
  const atMs = monotonicMs();
  const tookMs = Math.min(...Array.from({ length: TRIES }, hashMs));
  samples.push({ atMs, tookMs, stolenTicks: stolenTicks() });
}, EVERY_MS);

/** Whatever the question is, all since the last one. */
process.on('message', () => {
  process.send?.(samples);
  samples = [];
});
