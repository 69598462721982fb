/**
 * Runs one function as a process of its own, the way Cloud Run does: the functions framework's command line on a
 * folder, with nothing in the environment but what the test puts there.
 *
 * The developer's own Google set-up must not leak in. No variable is inherited; `HOME` does not exist, so there is no
 * gcloud login to find; `PATH` holds only Node's own folder, so that google-auth-library finds no gcloud to ask.
 * https://cloud.google.com/docs/authentication/application-default-credentials#order
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readAuditLines, type AuditLines } from './audit-lines.ts';
import { freePort, isFree } from './free-port.ts';
import { keepOutput, type ProcessOutput } from './process-output.ts';
import { tether } from './tether.ts';

export interface FunctionOptions {
  /** The function's name, such as `impersonate`. */
  readonly target: string;
  /** The folder that holds the function; also the working directory, as on Cloud Run. */
  readonly source: string;
  /** All of the function's environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly port?: number;
  /** The framework's command line. Default: the project's. */
  readonly framework?: string;
}

export interface FunctionExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface FunctionProcess extends ProcessOutput, AuditLines {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the process is gone and everything that it wrote has been read. */
  readonly exited: Promise<FunctionExit>;
  readonly signal: (name: NodeJS.Signals) => void;
  /** Kills the process and waits until it is gone. */
  readonly stop: () => Promise<void>;
  /** Resident memory at this moment. Linux only. */
  readonly residentBytes: () => number;
}

// The package does not export its command line, but the module that it does export lies beside it.
const FRAMEWORK = join(
  dirname(createRequire(import.meta.url).resolve('@google-cloud/functions-framework')),
  'main.js',
);

/** Returns as soon as there is a process: it does not listen yet, and perhaps never will. */
export async function launchFunction(options: FunctionOptions): Promise<FunctionProcess> {
  const port = options.port ?? (await freePort());
  // Somebody else's server would be taken for the function.
  if (!(await isFree(port))) throw new Error(`port ${port} is in use`);

  const child = spawn(
    process.execPath,
    [
      options.framework ?? FRAMEWORK,
      `--target=${options.target}`,
      `--source=${options.source}`,
      `--port=${port}`,
    ],
    { cwd: options.source, env: environment(options.env), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const output = keepOutput(child);
  const audit = readAuditLines(child.stdout, output.describe);
  const { promise: exited, resolve } = Promise.withResolvers<FunctionExit>();
  child.once('close', (code, signal) => resolve({ code, signal }));
  await once(child, 'spawn');
  tether(child);
  const pid = child.pid ?? 0;

  return {
    ...output,
    ...audit,
    url: `http://127.0.0.1:${port}`,
    port,
    pid,
    exited,
    signal: (name) => void child.kill(name),
    stop: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    residentBytes: () => residentBytes(pid),
  };
}

function environment(given: Readonly<Record<string, string>>): Record<string, string> {
  return {
    PATH: dirname(process.execPath),
    HOME: '/nonexistent',
    // A function that was given no metadata server must not go and look for one on the developer's network.
    ...(given['GCE_METADATA_HOST'] === undefined && { METADATA_SERVER_DETECTION: 'none' }),
    ...given,
  };
}

/** https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kibibytes === undefined) throw new Error(`process ${pid} has ended: it has no memory`);
  return Number(kibibytes) * 1024;
}
