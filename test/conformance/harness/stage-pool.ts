/** Several stages of one kind, started when they are needed: one runs a single client at a time, and much of that is waiting. */

import { afterAll } from 'vitest';
import type { Identity } from './row.ts';
import { startStage, type StageProcess } from './stage-process.ts';
import type { StageName } from './stages.ts';

/** With a stage that nobody else uses meanwhile. */
export type UseStage = <T>(use: (stage: StageProcess) => Promise<T>) => Promise<T>;

/** @param prepare is done to each before its first use. The stages end after the tests of the suite that this is called in. */
export function useStages(
  name: StageName,
  identity: Identity,
  prepare: (stage: StageProcess) => Promise<void> = () => Promise.resolve(),
): UseStage {
  const idle: StageProcess[] = [];
  const started: Promise<StageProcess>[] = [];

  afterAll(async () => {
    await Promise.all(started.map(async (stage) => (await stage).close()));
  });

  return async (use) => {
    const stage = idle.pop() ?? (await another());
    try {
      return await use(stage);
    } finally {
      idle.push(stage);
    }
  };

  async function another(): Promise<StageProcess> {
    const starting = startStage(name, identity);
    started.push(starting);
    const stage = await starting;
    await prepare(stage);
    return stage;
  }
}
