/**
 * The root of the host's program, `dist/refresher-host.mjs`: `host` and `task`. Its own file, because a workload that
 * brings the refresher along has no use for it.
 */

import { exitCodeOfSignal } from '../child/signals.ts';
import { Interrupted } from '../commands/context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { createLog } from '../log.ts';
import { HOST_COMMANDS, isHostCommand } from './commands.ts';
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

async function main(): Promise<number> {
  const log = createLog({
    write: (line) => void process.stderr.write(line),
    isTerminal: process.stderr.isTTY,
    now: () => new Date(),
  });
  // Node would open its inspector on a port of this machine, and tokens are in memory
  process.on('SIGUSR1', () => undefined);
  const [runtime = '', script = '', ...words] = process.argv;
  if (!isHostCommand(words[0])) {
    log('ERROR', `the first word has to be one of ${Object.keys(HOST_COMMANDS).join(', ')}`);
    return EXIT_CODES.badUsage;
  }
  const program = [runtime, ...process.execArgv, script];
  const signal = untilToldToEnd();
  try {
    return await runHostCommand({ words, program }, { log, print, environment: process.env, signal });
  } catch (error) {
    if (error instanceof Interrupted) return exitCodeOfSignal(error.signal);
    throw error;
  }
}

void main().then((code) => process.exit(code));
