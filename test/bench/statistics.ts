/**
 * The few statistics that the figures need. Pure.
 */

/** The smallest value that at least that share of the values does not exceed (nearest rank). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(Math.ceil(share * sorted.length), 1) - 1];
  if (value === undefined) throw new Error('no values were measured');
  return value;
}

/** The same; `NaN` where there are no values. */
export function quantileOfAny(values: readonly number[], share: number): number {
  return values.length === 0 ? Number.NaN : quantile(values, share);
}

export function median(values: readonly number[]): number {
  const half = values.length / 2;
  const below = quantile(values, 0.5);
  if (!Number.isInteger(half)) return below;
  return (below + quantile(values, (half + 1) / values.length)) / 2;
}

export function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

/** A median with the extremes beside it, so that a reader sees how far the rounds lay apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** Ours against the baseline of the same round, round by round: noise that lasts longer than a round cancels out. */
export function ratios(ours: readonly number[], baseline: readonly number[]): number[] {
  return ours.map((value, round) => value / (baseline[round] ?? Number.NaN));
}
