/**
 * `refresher host` with five hundred tasks on one VM.
 */

import type { Figure } from '../figure.ts';
import type { BenchOptions } from '../options.ts';
import { IS_SKIPPED, NEEDS } from '../../refresher/host/vm.ts';
import { measureQuietTask } from './quiet-task.ts';
import { measureRegistration, weigh } from './registration.ts';
import { measureRestart } from './restart.ts';
import { setTasksStage, type TasksStage } from './stage.ts';
import { measureTokenRequests } from './token-requests.ts';

const TASKS = 500;
const RESTARTS = [2, 50];

export async function measureHost(options: BenchOptions): Promise<readonly Figure[]> {
  if (IS_SKIPPED) {
    process.stderr.write(`the host's figures are missing${NEEDS}\n`);
    return [];
  }
  const figures: Figure[] = [];
  await withStage(Math.max(...RESTARTS), async (stage) => {
    let there = 0;
    for (const tasks of RESTARTS) {
      for (; there < tasks; there += 1) await stage.add('netns', there);
      figures.push(await measureRestart(stage, tasks, options));
    }
  });
  await withStage(TASKS, async (stage) => {
    figures.push(...(await measureRegistration(stage, 'netns')), weigh(stage, TASKS));
    figures.push(...(await measureTokenRequests(stage, options)));
    figures.push(...(await measureQuietTask(stage, options)));
    figures.push(await measureRestart(stage, TASKS, options), weigh(stage, TASKS, ' after a restart'));
    figures.push(...(await measureRegistration(stage, 'cgroup')), weigh(stage, 2 * TASKS));
  });
  return figures;
}

async function withStage(tasks: number, use: (stage: TasksStage) => Promise<void>): Promise<void> {
  const stage = await setTasksStage(tasks);
  try {
    await use(stage);
  } finally {
    await stage.close();
  }
}
