/**
 * When the processor was slow. Pure.
 */

import type { SpeedSample } from './processor-speed.ts';
import { median } from './statistics.ts';

export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Of the usual speed. Neighbours on the same core cost less than that. */
const SLOW_SHARE = 0.5;

/** One for each slow sample: from the sample before to the one after it. */
export function slowPeriods(samples: readonly SpeedSample[]): readonly Period[] {
  if (samples.length === 0) return [];
  const slowMs = median(samples.map(({ tookMs }) => tookMs)) / SLOW_SHARE;
  return samples.flatMap(({ tookMs, atMs }, at) =>
    tookMs > slowMs ? [{ fromMs: samples[at - 1]?.atMs ?? atMs, toMs: samples[at + 1]?.atMs ?? atMs }] : [],
  );
}

export function lengthMs({ fromMs, toMs }: Period): number {
  return toMs - fromMs;
}

export function overlapsAny(periods: readonly Period[], { fromMs, toMs }: Period): boolean {
  return periods.some((period) => period.fromMs < toMs && fromMs < period.toMs);
}
