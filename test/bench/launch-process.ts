/**
 * Runs a program to be measured, as a process whose output is read and dropped.
 *
 * The tests' launchers keep every byte and parse every line, in the process that makes the load; here a log collector
 * that keeps up is all that the program's pipe needs.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { untilListening } from '../support/processes/listening.ts';
import { tether } from '../support/processes/tether.ts';
import { processorSeconds, residentBytes } from './process-usage.ts';

export interface Program {
  /** For messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** All of it: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Absent: standard error goes where ours goes, for what a program only writes when it fails. */
  readonly logsToStandardError?: true;
}

export interface RunningProcess {
  readonly port: number;
  readonly pid: number;
  readonly residentBytes: () => number;
  /** Of all threads, since it started. */
  readonly processorSeconds: () => number;
  readonly ended: Promise<unknown>;
  readonly stop: () => Promise<void>;
}

const START_DEADLINE_MS = 30_000;

/** Returns when there is a process; it does not listen yet. */
export async function launchProcess(program: Program, port: number): Promise<RunningProcess> {
  const { command, args, environment: env, folder: cwd } = program;
  const stderr = program.logsToStandardError ? 'pipe' : 'inherit';
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', stderr] });
  child.stdout?.resume();
  child.stderr?.resume();
  const ended = once(child, 'exit');
  await once(child, 'spawn');
  tether(child);
  const pid = child.pid ?? 0;
  return {
    port,
    pid,
    ended,
    residentBytes: () => residentBytes(pid),
    processorSeconds: () => processorSeconds(pid),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Returns when the program listens. */
export async function startProcess(program: Program, port: number): Promise<RunningProcess> {
  const launched = await launchProcess(program, port);
  const ended = new AbortController();
  void launched.ended.then(() => ended.abort(new Error(`${program.name} ended instead of listening`)));
  await untilListening(port, AbortSignal.any([ended.signal, AbortSignal.timeout(START_DEADLINE_MS)]));
  return launched;
}
