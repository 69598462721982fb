/**
 * Runs a command with the refresher's own standard streams, passes signals on to it, and gives its exit code.
 */

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { errorCode } from '../../shared/unknown.ts';
import { Failure } from '../failure.ts';
import { exitCodeOfSignal, FORWARDED_SIGNALS, isForwarded } from './signals.ts';

/** As a shell has them for a command that is there but cannot be run, and for one that is not there. */
const CANNOT_RUN = 126;
const NOT_FOUND = 127;

export async function runChild(
  [command = '', ...words]: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  const { promise: ended, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(command, words, { env: environment, stdio: 'inherit' });
  child.once('error', (error) => reject(cannotRun(command, error)));
  child.once('exit', (code, signal) => resolve(signal === null ? (code ?? 0) : exitCodeOfSignal(signal)));
  const stopForwarding = forwardSignals((signal) => child.kill(signal));
  return ended.finally(stopForwarding);
}

function forwardSignals(send: (signal: NodeJS.Signals) => void): () => void {
  const forward = (signal: NodeJS.Signals): void => {
    if (isForwarded(signal, ownStat())) send(signal);
  };
  for (const signal of FORWARDED_SIGNALS) process.on(signal, forward);
  return () => {
    for (const signal of FORWARDED_SIGNALS) process.off(signal, forward);
  };
}

function ownStat(): string | undefined {
  try {
    return readFileSync('/proc/self/stat', 'utf8');
  } catch {
    return undefined;
  }
}

function cannotRun(command: string, error: unknown): Failure {
  const code = errorCode(error);
  if (code === 'ENOENT') return new Failure(NOT_FOUND, `${command} is not there: check the name and PATH`);
  return new Failure(CANNOT_RUN, `${command} cannot be run (${String(code)}): is it an executable file?`);
}
