/**
 * The gap when the daemon is killed and started again: until the last of so many tasks has a token.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { ratioFigure, type Figure } from '../figure.ts';
import type { BenchOptions } from '../options.ts';
import { ask } from './asking.ts';
import type { TasksStage } from './stage.ts';

const MAY_TAKE_MS = 2_000;
const PAUSE_MS = 5;

/** So many of the tasks are there. */
export async function measureRestart(
  stage: TasksStage,
  tasks: number,
  { quick }: BenchOptions,
): Promise<Figure> {
  const gaps: number[] = [];
  for (let round = 0; round < (quick ? 1 : 3); round += 1) {
    const startedAt = performance.now();
    const restarted = stage.restart();
    for (const namespace of stage.namespaces.slice(0, tasks)) await untilAnswered(stage, namespace);
    gaps.push(performance.now() - startedAt);
    await restarted;
  }
  return ratioFigure({
    name: `host, ${tasks} tasks: killed and started again, until the last has a token, beside what it may take`,
    unit: 'ms',
    ours: gaps,
    baseline: gaps.map(() => MAY_TAKE_MS),
    bound: { atMost: 1 },
  });
}

async function untilAnswered({ connectWithin }: TasksStage, namespace: string): Promise<void> {
  for (;;) {
    const connection = connectWithin(namespace);
    const isAnswered = await (
      connection === undefined ? Promise.reject(new Error('nobody')) : ask(connection)
    ).then(
      () => true,
      () => false,
    );
    connection?.close();
    if (isAnswered) return;
    await delay(PAUSE_MS);
  }
}
