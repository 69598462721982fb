/**
 * From the start of the process to the first token served, beside the bare server's start to its first answer.
 */

import { ratioFigure, type Figure } from '../figure.ts';
import { firstAnswerMs } from '../first-answer.ts';
import type { BenchOptions } from '../options.ts';
import type { Comparison, ProgramAt, RefresherStage } from './stage.ts';
import { tokenRequest } from './token-answer.ts';

const AT_MOST = 2;

interface Round {
  readonly exchange: number;
  readonly bare: number;
  readonly ours: number;
}

export async function measureStart(
  { exchangeMs }: RefresherStage,
  comparisons: readonly Comparison[],
  { quick }: BenchOptions,
): Promise<readonly Figure[]> {
  const measured = comparisons.map((comparison) => ({ comparison, rounds: [] as Round[] }));
  // the first round warms the page cache
  for (let round = 0; round <= (quick ? 3 : 15); round += 1) {
    for (const { comparison, rounds } of measured) {
      const exchange = await exchangeMs();
      const bare = await startMs(comparison.bare);
      const ours = await startMs(comparison.ours);
      if (round > 0) rounds.push({ exchange, bare, ours });
    }
  }
  return measured.flatMap(({ comparison, rounds }) => figures(comparison.runtime.name, rounds));
}

function startMs(programAt: ProgramAt): Promise<number> {
  return firstAnswerMs(programAt, tokenRequest);
}

function figures(runtime: string, rounds: readonly Round[]): readonly Figure[] {
  const name = `refresher, ${runtime}: start to first token`;
  return [
    ratioFigure({
      name,
      unit: 'ms',
      ours: rounds.map(({ ours }) => ours),
      baseline: rounds.map(({ bare, exchange }) => bare + exchange),
      bound: { atMost: AT_MOST },
    }),
    ratioFigure({
      name: `${name}, less the exchange`,
      unit: 'ms',
      ours: rounds.map(({ ours, exchange }) => ours - exchange),
      baseline: rounds.map(({ bare }) => bare),
      bound: { atMost: AT_MOST },
    }),
  ];
}
