/**
 * How long a request for a token waits at five hundred a second: spread over all tasks, and from one alone.
 */

import { ratioFigure, type Figure } from '../figure.ts';
import { untilIdle } from '../idle-machine.ts';
import type { KeepAliveConnection } from '../keep-alive-connection.ts';
import type { BenchOptions } from '../options.ts';
import { lengthMs, type Period } from '../slow-periods.ts';
import { quantile } from '../statistics.ts';
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
  for (const [name, places] of Object.entries(groups)) {
    const connections = places.flatMap((place) => connectWithin(place) ?? []);
    // whoever says nothing at first is cut off
    await Promise.all(connections.map(ask));
    figures.push(
      ...(await measured(`host, ${namespaces.length} tasks: token requests ${name}`, connections, quick)),
    );
    for (const connection of connections) connection.close();
  }
  return figures;
}

async function measured(
  name: string,
  connections: readonly KeepAliveConnection[],
  quick: boolean,
): Promise<readonly Figure[]> {
  const rounds: (readonly Period[])[] = [];
  // the first round warms up
  for (let round = 0; round <= (quick ? 2 : 7); round += 1) {
    await untilIdle();
    const waits = await askPaced(connections, { perSecond: PER_SECOND, requests: quick ? 1_000 : 2_000 });
    if (round > 0) rounds.push(waits);
  }
  const figure = (share: number, bound?: { atMost: number }) =>
    ratioFigure({
      name: `${name}, ${share * 100}th percentile, beside what it may take`,
      unit: 'ms',
      ours: rounds.map((waits) => quantile(waits.map(lengthMs), share)),
      baseline: rounds.map(() => MAY_TAKE_MS),
      ...(bound && { bound }),
    });
  return [figure(0.5), figure(0.99, { atMost: 1 })];
}
