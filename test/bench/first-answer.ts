/**
 * How long a program takes from the start of its process to its first answer.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../support/processes/free-port.ts';
import { untilIdle } from './idle-machine.ts';
import { openConnection, type KeepAliveConnection } from './keep-alive-connection.ts';
import { launchProcess, type Program } from './launch-process.ts';

const RETRY_MS = 2;

export async function firstAnswerMs(
  programAt: (port: number) => Program,
  requestTo: (port: number) => Buffer,
): Promise<number> {
  await untilIdle();
  const port = await freePort();
  const program = programAt(port);
  const request = requestTo(port);
  const startedAt = performance.now();
  const launched = await launchProcess(program, port);
  const connection = await untilConnected(port);
  const { status, body } = await connection.send(request);
  const spentMs = performance.now() - startedAt;
  connection.close();
  await launched.stop();
  if (status !== 200) throw new Error(`${program.name} answered ${status}: ${body.toString()}`);
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
