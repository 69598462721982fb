/**
 * The refresher beside a bare `node:http` server that sends the same bytes: what everything that it does besides costs.
 */

import { ratioFigure, type Figure } from '../figure.ts';
import type { BenchOptions } from '../options.ts';
import { prepareRefresherBuilds, refresherBytes } from './builds.ts';
import { measureResident } from './resident.ts';
import { runtimes } from './runtimes.ts';
import { setRefresherStage, type Comparison } from './stage.ts';
import { measureStart } from './start.ts';
import { measureTokenRequests } from './token-requests.ts';

const MAY_WEIGH_KIB = 48;

export async function measureRefresher(options: BenchOptions): Promise<readonly Figure[]> {
  await prepareRefresherBuilds();
  const size = ratioFigure({
    name: 'refresher: the bundle, beside what it may weigh',
    unit: 'KiB',
    ours: [(await refresherBytes()) / 1024],
    baseline: [MAY_WEIGH_KIB],
    bound: { atMost: 1 },
  });
  const stage = await setRefresherStage();
  try {
    const comparisons: Comparison[] = [];
    for (const runtime of runtimes()) comparisons.push(await stage.compare(runtime));
    const figures: Figure[] = [size, ...(await measureStart(stage, comparisons, options))];
    for (const comparison of comparisons) {
      figures.push(...(await measureTokenRequests(comparison, options)));
      figures.push(await measureResident(comparison, options));
    }
    return figures;
  } finally {
    await stage.close();
  }
}
