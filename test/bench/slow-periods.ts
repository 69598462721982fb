/**
 * When the processor was slow, or taken away. Pure.
 */

import type { SpeedSample } from './processor-speed.ts';
import { median } from './statistics.ts';

export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Of the usual speed. Neighbours on the same core cost less than that. */
const SLOW_SHARE = 0.5;
/** At least so far back it began, for each of the ticks by which the kernel's count of it has risen. */
const STEAL_TICK_MS = 10;

/** One for each slow sample: from the sample before to the one after it. */
export function slowPeriods(samples: readonly SpeedSample[]): readonly Period[] {
  if (samples.length === 0) return [];
  const slowMs = median(samples.map(({ tookMs }) => tookMs)) / SLOW_SHARE;
  return samples.flatMap((sample, at) => {
    const before = samples[at - 1] ?? sample;
    const after = samples[at + 1] ?? sample;
    const stolenMs = (sample.stolenTicks - before.stolenTicks) * STEAL_TICK_MS;
    if (stolenMs === 0 && sample.tookMs <= slowMs) return [];
    return [{ fromMs: before.atMs - stolenMs, toMs: after.atMs }];
  });
}

export function lengthMs({ fromMs, toMs }: Period): number {
  return toMs - fromMs;
}

export function overlapsAny(periods: readonly Period[], { fromMs, toMs }: Period): boolean {
  return periods.some((period) => period.fromMs < toMs && fromMs < period.toMs);
}
