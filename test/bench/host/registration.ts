/**
 * How long it takes to register a task, one after the other until there are all of them, less the exchange that it waits
 * for; and what the daemon weighs then.
 */

import { differenceFigure, ratioFigure, type Figure } from '../figure.ts';
import { quantile } from '../statistics.ts';
import type { TasksStage } from './stage.ts';

const MAY_TAKE_MS = 20;
const MAY_WEIGH_MIB = 80;
const MAY_WEIGH_MIB_A_TASK = 64 / 1024;

const KINDS = { netns: 'own namespace', cgroup: "host's network" } as const;

/** Leaves the tasks there. */
export async function measureRegistration(
  stage: TasksStage,
  claim: 'netns' | 'cgroup',
): Promise<readonly Figure[]> {
  const { length: count } = stage.namespaces;
  const exchanges = [await stage.exchangeMs()];
  const spent: number[] = [];
  for (let index = 0; index < count; index += 1) {
    spent.push(await stage.add(claim, index));
    if (index % 50 === 49) exchanges.push(await stage.exchangeMs());
  }
  const figure = (share: number, bound?: { atMost: number }) =>
    differenceFigure({
      name: `host, ${count} tasks (${KINDS[claim]}): registration, ${share * 100}th percentile, less the exchange`,
      unit: 'ms',
      ours: [quantile(spent, share)],
      baseline: [quantile(exchanges, 0.5)],
      ...(bound && { bound }),
    });
  return [figure(0.5, { atMost: MAY_TAKE_MS }), figure(0.99)];
}

export function weigh(stage: TasksStage, tasks: number, when = ''): Figure {
  return ratioFigure({
    name: `host, ${tasks} tasks: memory${when}, beside what it may weigh`,
    unit: 'MiB',
    ours: [stage.residentMiB()],
    baseline: [MAY_WEIGH_MIB + tasks * MAY_WEIGH_MIB_A_TASK],
    bound: { atMost: 1 },
  });
}
