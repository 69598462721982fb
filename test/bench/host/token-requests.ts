/**
 * How long a request for a token waits at five hundred a second: spread over all tasks, and from one alone.
 */

import { ratioFigure, type Figure } from '../figure.ts';
import { untilIdle } from '../idle-machine.ts';
import type { KeepAliveConnection } from '../keep-alive-connection.ts';
import type { BenchOptions } from '../options.ts';
import { lengthMs, type Period } from '../slow-periods.ts';
import { startSpeedWatch, type SpeedWatch } from '../speed-watch.ts';
import { mean, quantileOfAny } from '../statistics.ts';
import { ask, askPaced } from './asking.ts';
import type { TasksStage } from './stage.ts';

const PER_SECOND = 500;
const MAY_TAKE_MS = 5;
/** Of the one task that asks alone. */
const CONNECTIONS = 20;

export async function measureTokenRequests(
  { namespaces, connectWithin }: TasksStage,
  { quick }: BenchOptions,
): Promise<readonly Figure[]> {
  const [first = ''] = namespaces;
  const groups = {
    'spread over all': namespaces,
    'of one task': Array.from({ length: CONNECTIONS }, () => first),
  };
  const figures: Figure[] = [];
  const watch = startSpeedWatch();
  try {
    for (const [name, places] of Object.entries(groups)) {
      const connections = places.flatMap((place) => connectWithin(place) ?? []);
      // whoever says nothing at first is cut off
      await Promise.all(connections.map(ask));
      const rounds = await measured(connections, watch, quick);
      figures.push(...figuresOf(`host, ${namespaces.length} tasks: token requests ${name}`, rounds));
      for (const connection of connections) connection.close();
    }
  } finally {
    await watch.close();
  }
  return figures;
}

interface Round {
  readonly all: readonly Period[];
  /** Those during which the processor was at its speed. */
  readonly atSpeed: readonly Period[];
}

async function measured(
  connections: readonly KeepAliveConnection[],
  watch: SpeedWatch,
  quick: boolean,
): Promise<readonly Round[]> {
  const rounds: Round[] = [];
  // the first round warms up
  for (let round = 0; round <= (quick ? 2 : 7); round += 1) {
    await untilIdle();
    await watch.wasAtSpeed();
    const all = await askPaced(connections, { perSecond: PER_SECOND, requests: quick ? 1_000 : 2_000 });
    const atSpeed = all.filter(await watch.wasAtSpeed());
    if (round > 0) rounds.push({ all, atSpeed });
  }
  return rounds;
}

interface Rest extends Pick<Figure, 'bound' | 'share'> {
  /** Behind its name. */
  readonly more?: string;
}

function figuresOf(name: string, rounds: readonly Round[]): readonly Figure[] {
  const figure = (percent: number, of: keyof Round, { more = '', ...rest }: Rest = {}) =>
    ratioFigure({
      name: `${name}, ${percent}th percentile, beside what it may take${more}`,
      unit: 'ms',
      ours: rounds.map((round) => quantileOfAny(round[of].map(lengthMs), percent / 100)),
      baseline: rounds.map(() => MAY_TAKE_MS),
      ...rest,
    });
  return [
    figure(50, 'all'),
    figure(99, 'all', { bound: { atMost: 1 } }),
    figure(99, 'atSpeed', {
      more: ', while the processor is at its speed',
      share: mean(rounds.map(({ all, atSpeed }) => atSpeed.length / all.length)),
    }),
  ];
}
