/**
 * The gap when the daemon is killed and started again: until the last of so many tasks has a token.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { ratioFigure, type Figure } from '../figure.ts';
import type { BenchOptions } from '../options.ts';
import { ask } from './asking.ts';
import type { TasksStage } from './stage.ts';

const MAY_TAKE_MS = 2_000;
/** Between two questions, of which there are so few that they take little from the daemon. */
const QUESTIONS_PER_SECOND = 5_000;

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
    const pauseMs = Math.max((tasks / QUESTIONS_PER_SECOND) * 1_000, 5);
    const asked = stage.namespaces.slice(0, tasks);
    await Promise.all(asked.map((namespace) => untilAnswered(stage, namespace, pauseMs)));
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

async function untilAnswered(
  { connectWithin }: TasksStage,
  namespace: string,
  pauseMs: number,
): Promise<void> {
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
    await delay(pauseMs);
  }
}
