/**
 * Starts the upstreams that exchanges wait for, and asks them for what a measurement needs.
 */

import type { FunctionName } from '../support/world/world.ts';
import { startAskedProcess } from './asked-process.ts';
import type { Minted, Question, Stage } from './latency-upstreams.ts';

export interface LatencyStage {
  /** A function's environment, and that many exchanges. */
  readonly set: (functionName: FunctionName, exchanges: number) => Promise<Stage>;
  /** So many tokens Google has given out. */
  readonly minted: () => Promise<number>;
  readonly close: () => Promise<void>;
}

export async function startLatencyStage(): Promise<LatencyStage> {
  const upstreams = startAskedProcess<Question>(new URL('latency-upstreams.ts', import.meta.url));
  // that it is ready
  await upstreams.said();
  return {
    set: (functionName, exchanges) => upstreams.ask<Stage>({ kind: 'stage', functionName, exchanges }),
    minted: () => upstreams.ask<Minted>({ kind: 'minted' }),
    close: () => upstreams.end('SIGTERM'),
  };
}
