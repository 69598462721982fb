/**
 * A figure: what was measured of ours, its baseline from the same run, and the bound that holds between the two. Pure.
 */

import { ratios, spread, type Spread } from './statistics.ts';

export type Bound = { readonly atLeast: number } | { readonly atMost: number };

export interface Figure {
  readonly name: string;
  readonly unit: 'requests/s' | 'ms' | 'MiB' | 'KiB';
  readonly ours: Spread;
  readonly baseline: Spread;
  /** `compared` is ours over the baseline, or ours less the baseline, round by round. */
  readonly comparison: 'ratio' | 'difference';
  readonly compared: Spread;
  /** How much of what was measured is counted, where that is not all. */
  readonly share?: number;
  /** Absent: for information. */
  readonly bound?: Bound;
}

export interface Rounds {
  readonly name: string;
  readonly unit: Figure['unit'];
  /** One value for each round. */
  readonly ours: readonly number[];
  readonly baseline: readonly number[];
  readonly share?: number;
  readonly bound?: Bound;
}

export function ratioFigure({ ours, baseline, ...rest }: Rounds): Figure {
  const compared = spread(ratios(ours, baseline));
  return { ...rest, ours: spread(ours), baseline: spread(baseline), comparison: 'ratio', compared };
}

export function differenceFigure({ ours, baseline, ...rest }: Rounds): Figure {
  const compared = spread(ours.map((value, round) => value - (baseline[round] ?? Number.NaN)));
  return { ...rest, ours: spread(ours), baseline: spread(baseline), comparison: 'difference', compared };
}

/** `undefined` where there is no bound to meet. */
export function isMet({ bound, compared }: Figure): boolean | undefined {
  if (bound === undefined) return undefined;
  return 'atLeast' in bound ? compared.median >= bound.atLeast : compared.median <= bound.atMost;
}
