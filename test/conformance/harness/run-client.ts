/** Runs a client's command to its end, with nothing in its environment but what it is given. */

import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keepOutput } from '../../support/processes/process-output.ts';
import { tether } from '../../support/processes/tether.ts';
import type { Command } from './row.ts';

export interface Ended {
  /** A signal's name where one ended it; `timeout` where that was ours. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

const TIMEOUT_SECONDS = 60;

export async function runClient(
  folder: string,
  { argv, env = {}, files = {}, timeoutSeconds = TIMEOUT_SECONDS }: Command,
): Promise<Ended> {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const [program, ...args] = argv;
  const child = spawn(program, args, {
    cwd: folder,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: folder, TMPDIR: folder, LANG: 'C.UTF-8', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // its own group, so that a timeout ends what a wrapper script has started, too
    detached: true,
  });
  tether(child);
  const output = keepOutput(child);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, timeoutSeconds * 1000);
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve(status ?? signal ?? 'nothing'));
  });
  clearTimeout(timer);
  return { code: timedOut ? 'timeout' : code, stdout: output.stdout(), stderr: output.stderr() };
}
