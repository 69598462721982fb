/**
 * How long a function takes from the start of its process to its first answer.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../support/processes/free-port.ts';
import { untilIdle } from './idle-machine.ts';
import { openConnection, type KeepAliveConnection } from './keep-alive-connection.ts';
import { launch, type FunctionToRun } from './launch-under-framework.ts';

const RETRY_MS = 2;

export async function firstAnswerMs(run: FunctionToRun, request: Buffer): Promise<number> {
  await untilIdle();
  const port = await freePort();
  const startedAt = performance.now();
  const launched = await launch(run, port);
  const connection = await untilConnected(port);
  const { status, body } = await connection.send(request);
  const spentMs = performance.now() - startedAt;
  connection.close();
  await launched.stop();
  if (status !== 200) throw new Error(`${run.target} answered ${status}: ${body.toString()}`);
  return spentMs;
}

async function untilConnected(port: number): Promise<KeepAliveConnection> {
  for (;;) {
    try {
      return await openConnection(port);
    } catch {
      await delay(RETRY_MS);
    }
  }
}
