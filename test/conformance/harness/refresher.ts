/** The refresher as it is shipped: the bundle, run as a process. */

import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { keepOutput } from '../../support/processes/process-output.ts';
import { tether } from '../../support/processes/tether.ts';
import { REFRESHER } from './paths.ts';

const READY_WITHIN_MS = 30_000;
const POLL_MS = 20;

export interface Refresher {
  readonly stderr: () => string;
  readonly stop: () => Promise<void>;
}

/** `ready`: it has a token. `answering`: it listens, and need not have one. */
export type Until = 'ready' | 'answering';

/** @param listen HOST:PORT */
export async function startRefresher(
  listen: string,
  args: readonly string[],
  until: Until,
): Promise<Refresher> {
  const command = [REFRESHER, 'serve', `--listen=${listen}`, ...args];
  const child = spawn(process.execPath, command, { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
  tether(child);
  const output = keepOutput(child);
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const awaited = until === 'ready' ? [200] : [200, 503];
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!awaited.includes((await readiness(listen)) ?? 0)) {
    if (child.exitCode !== null) throw new Error(`the refresher ended\n${output.describe()}`);
    if (Date.now() > deadline) throw new Error(`the refresher is not ${until}\n${output.describe()}`);
    await delay(POLL_MS);
  }
  return {
    stderr: output.stderr,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Standard output of another command of the refresher. @param folder for what it leaves behind */
export async function runRefresher(args: readonly string[], folder: string): Promise<string> {
  const options = { env: { TMPDIR: folder } };
  const { stdout } = await promisify(execFile)(process.execPath, [REFRESHER, ...args], options);
  return stdout;
}

/** The status of its readiness path. */
function readiness(listen: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const asked = request(`http://${listen}/healthz`, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.once('error', () => resolve(undefined));
    asked.end();
  });
}
