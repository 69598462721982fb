/**
 * The root of the host's program, `dist/refresher-host.mjs`: `host` and `task`. Its own file, because a workload that
 * brings the refresher along has no use for it.
 */

import { setFlagsFromString } from 'node:v8';
import { loggableCauses } from '../../shared/loggable.ts';
import { exitCodeOfSignal } from '../child/signals.ts';
import { Interrupted } from '../commands/context.ts';
import { createLog, type Log } from '../log.ts';
import { runHostCommand } from './run-host-command.ts';

function untilToldToEnd(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => controller.abort(new Interrupted(signal)));
  }
  return controller.signal;
}

function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

async function main(log: Log): Promise<number> {
  const signal = untilToldToEnd();
  try {
    return await runHostCommand(process.argv.slice(2), { log, print, environment: process.env, signal });
  } catch (error) {
    if (error instanceof Interrupted) return exitCodeOfSignal(error.signal);
    throw error;
  }
}

function start(): void {
  // what is young dies young: half a hundred MiB more of it would only wait to be collected
  setFlagsFromString('--semi-space-growth-factor=1');
  const log = createLog({
    write: (line) => void process.stderr.write(line),
    isTerminal: process.stderr.isTTY,
    now: () => new Date(),
  });
  // one strange request must not take the identity from every task
  process.on('uncaughtException', (error) =>
    log('ERROR', 'a bug of the refresher', { causes: loggableCauses(error) }),
  );
  // Node would open its inspector on a port of this machine, and tokens are in memory
  process.on('SIGUSR1', () => undefined);
  // nobody reads: there is nobody to tell
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  void main(log).then((code) => process.exit(code));
}

start();
