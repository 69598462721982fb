/**
 * Runs a function as Cloud Run does, with an output that is read and dropped.
 *
 * The tests' launcher keeps every byte and parses every line, in the process that makes the load; here a log collector
 * that keeps up is all that the function's pipe needs.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { freePort } from '../support/processes/free-port.ts';
import { untilListening } from '../support/processes/listening.ts';
import { tether } from '../support/processes/tether.ts';

export interface FunctionToRun {
  readonly target: string;
  /** The folder that holds the function. */
  readonly source: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Options of Node itself, such as `--cpu-prof`. */
  readonly nodeOptions?: readonly string[];
}

export interface RunningFunction {
  readonly port: number;
  readonly residentBytes: () => number;
  readonly stop: () => Promise<void>;
}

// The package does not export its command line, but the module that it does export lies beside it.
const FRAMEWORK = join(
  dirname(createRequire(import.meta.url).resolve('@google-cloud/functions-framework')),
  'main.js',
);
const START_DEADLINE_MS = 30_000;

/** Nothing is inherited, so that the developer's own Google set-up cannot leak in. */
function environmentOf({ environment }: FunctionToRun): Record<string, string> {
  return {
    PATH: dirname(process.execPath),
    HOME: '/nonexistent',
    NODE_ENV: 'production',
    ...(environment['GCE_METADATA_HOST'] === undefined && { METADATA_SERVER_DETECTION: 'none' }),
    ...environment,
  };
}

/** Returns when there is a process; it does not listen yet. */
export async function launch(
  run: FunctionToRun,
  port: number,
): Promise<RunningFunction & { readonly ended: Promise<unknown>; readonly pid: number }> {
  const { target, source, nodeOptions = [] } = run;
  const child = spawn(
    process.execPath,
    [...nodeOptions, FRAMEWORK, `--target=${target}`, `--source=${source}`, `--port=${port}`],
    { cwd: source, env: environmentOf(run), stdio: ['ignore', 'pipe', 'inherit'] },
  );
  child.stdout.resume();
  const ended = once(child, 'exit');
  await once(child, 'spawn');
  tether(child);
  return {
    port,
    ended,
    pid: child.pid ?? 0,
    residentBytes: () => residentBytes(child.pid ?? 0),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Returns when the function listens. */
export async function startUnderFramework(run: FunctionToRun): Promise<RunningFunction> {
  const launched = await launch(run, await freePort());
  const ended = new AbortController();
  void launched.ended.then(() => ended.abort(new Error(`${run.target} ended instead of listening`)));
  await untilListening(
    launched.port,
    AbortSignal.any([ended.signal, AbortSignal.timeout(START_DEADLINE_MS)]),
  );
  return launched;
}

/** https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kibibytes === undefined) throw new Error(`process ${pid} has ended: it has no memory`);
  return Number(kibibytes) * 1024;
}
