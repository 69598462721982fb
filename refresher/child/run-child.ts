/**
 * Runs a command with the refresher's own standard streams, passes signals on to it, and gives its exit code.
 */

import { errorCode } from '../../shared/unknown.ts';
import { Failure } from '../failure.ts';
import { exitCodeOfSignal, FORWARDED_SIGNALS, isForwarded } from './signals.ts';

/** As a shell has them for a command that is there but cannot be run, and for one that is not there. */
const CANNOT_RUN = 126;
const NOT_FOUND = 127;

export async function runChild(
  [command = '', ...words]: readonly string[],
  environment: Readonly<Record<string, string>>,
  stopped: AbortSignal,
): Promise<number> {
  const [{ spawn }, { readFileSync }] = await Promise.all([import('node:child_process'), import('node:fs')]);
  // told to end just now: the command would never learn of it
  stopped.throwIfAborted();
  const { promise: ended, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(command, words, { env: environment, stdio: 'inherit' });
  child.once('error', (error) => reject(cannotRun(command, error)));
  child.once('exit', (code, signal) => resolve(signal === null ? (code ?? 0) : exitCodeOfSignal(signal)));
  const stopForwarding = forwardSignals((signal) => {
    if (isForwarded(signal, ownStat(readFileSync))) child.kill(signal);
  });
  return ended.finally(stopForwarding);
}

function forwardSignals(forward: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of FORWARDED_SIGNALS) process.on(signal, forward);
  return () => {
    for (const signal of FORWARDED_SIGNALS) process.off(signal, forward);
  };
}

function ownStat(read: (path: string, encoding: 'utf8') => string): string | undefined {
  try {
    return read('/proc/self/stat', 'utf8');
  } catch {
    return undefined;
  }
}

function cannotRun(command: string, error: unknown): Failure {
  const code = errorCode(error);
  if (code === 'ENOENT') return new Failure(NOT_FOUND, `${command} is not there: check the name and PATH`);
  return new Failure(CANNOT_RUN, `${command} cannot be run (${String(code)}): is it executable?`);
}
