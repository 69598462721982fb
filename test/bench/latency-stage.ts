/**
 * Starts the upstreams that exchanges wait for, and asks them for what a measurement needs.
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { tether } from '../support/processes/tether.ts';
import type { FunctionName } from '../support/world/world.ts';
import type { Minted, Question, Stage } from './latency-upstreams.ts';

export interface LatencyStage {
  /** A function's environment, and that many exchanges. */
  readonly set: (functionName: FunctionName, exchanges: number) => Promise<Stage>;
  /** So many tokens Google has given out. */
  readonly minted: () => Promise<number>;
  readonly close: () => Promise<void>;
}

export async function startLatencyStage(): Promise<LatencyStage> {
  const upstreams = fork(fileURLToPath(new URL('latency-upstreams.ts', import.meta.url)), {
    execArgv: [],
    serialization: 'advanced',
  });
  const ended = once(upstreams, 'exit');
  tether(upstreams);

  async function answer<Answer>(): Promise<Answer> {
    const answered = once(upstreams, 'message') as Promise<[Answer]>;
    const failed = ended.then(() => Promise.reject(new Error('the upstreams have ended')));
    const [said] = await Promise.race([answered, failed]);
    return said;
  }

  function ask<Answer>(question: Question): Promise<Answer> {
    upstreams.send(question);
    return answer();
  }

  await answer();
  return {
    set: (functionName, exchanges) => ask<Stage>({ kind: 'stage', functionName, exchanges }),
    minted: () => ask<Minted>({ kind: 'minted' }),
    close: async () => {
      upstreams.kill('SIGTERM');
      await ended;
    },
  };
}
