/**
 * What rounds of exchanges and of direct calls say about the latency that an exchange adds. Pure.
 */

import type { FunctionName } from '../support/world/world.ts';
import type { Spent, Timing } from './latency-client.ts';
import { differenceFigure, type Figure } from './figure.ts';
import type { Period } from './slow-periods.ts';
import { mean, quantile, quantileOfAny } from './statistics.ts';

const AT_MOST_MEDIAN_MS = 3;
const AT_MOST_P99_MS = 10;

export interface LatencyRound {
  /** The medians of the upstreams, added up, called by their client libraries. */
  readonly library: number;
  readonly libraryP99: number;
  /** The same without libraries. */
  readonly wire: number;
  readonly median: number;
  readonly p99: number;
  /** Of the exchanges during which the processor was at its speed. */
  readonly p99AtSpeed: number;
  readonly shareAtSpeed: number;
}

export function summarizeRound(round: {
  readonly library: Spent;
  readonly wire: Spent;
  readonly exchanged: Spent;
  readonly wasAtSpeed: (period: Period) => boolean;
}): LatencyRound {
  const exchanged = round.exchanged.map(totalMs);
  const atSpeed = round.exchanged.filter((timing) => round.wasAtSpeed(periodOf(timing)));
  return {
    library: sumOfMedians(round.library),
    libraryP99: quantile(round.library.map(totalMs), 0.99),
    wire: sumOfMedians(round.wire),
    median: quantile(exchanged, 0.5),
    p99: quantile(exchanged, 0.99),
    p99AtSpeed: quantileOfAny(atSpeed.map(totalMs), 0.99),
    shareAtSpeed: atSpeed.length / exchanged.length,
  };
}

function sumOfMedians(spent: Spent): number {
  const first = spent[0]?.spentMs ?? [];
  const upstreams = first.map((_, upstream) => spent.map((one) => one.spentMs[upstream] ?? Number.NaN));
  return sum(upstreams.map((one) => quantile(one, 0.5)));
}

function periodOf(timing: Timing): Period {
  return { fromMs: timing.startedAtMs, toMs: timing.startedAtMs + totalMs(timing) };
}

function totalMs({ spentMs }: Timing): number {
  return sum(spentMs);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function latencyFigures(
  functionName: FunctionName,
  rounds: readonly LatencyRound[],
): readonly Figure[] {
  const of = (name: keyof LatencyRound) => rounds.map((round) => round[name]);
  const figure = (
    name: string,
    ours: keyof LatencyRound,
    baseline: keyof LatencyRound,
    rest: Pick<Figure, 'bound' | 'share'> = {},
  ) =>
    differenceFigure({
      name: `${functionName}: ${name}`,
      unit: 'ms',
      ours: of(ours),
      baseline: of(baseline),
      ...rest,
    });
  const share = mean(of('shareAtSpeed'));
  return [
    figure('median over the upstreams called directly', 'median', 'library', {
      bound: { atMost: AT_MOST_MEDIAN_MS },
    }),
    figure('99th percentile over the same', 'p99', 'library', { bound: { atMost: AT_MOST_P99_MS } }),
    figure('99th percentile over the same, while the processor is at its speed', 'p99AtSpeed', 'library', {
      share,
    }),
    figure('99th percentile of the direct calls over the same', 'libraryP99', 'library'),
    figure('median over the upstreams on the wire', 'median', 'wire'),
  ];
}
