/**
 * The root of the refresher: the only reader of the environment and of the command line. Arguments and variables become
 * settings, settings a command, and whatever comes of it one exit code and at most one line.
 */

import { loggableCauses } from '../shared/loggable.ts';
import { becomeInit } from './child/init.ts';
import { exitCodeOfSignal } from './child/signals.ts';
import { adc } from './commands/adc.ts';
import { Interrupted, type Context } from './commands/context.ts';
import { env } from './commands/env.ts';
import { exec } from './commands/exec.ts';
import { serve } from './commands/serve.ts';
import { token } from './commands/token.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { badConfiguration, Failure } from './failure.ts';
import { createLog, type Log } from './log.ts';
import { helpText } from './settings/help.ts';
import type { CommandName } from './settings/options.ts';
import { parseArguments } from './settings/parse-arguments.ts';
import { parseAdc, parseEnv, parseExec, parseServing, parseToken } from './settings/settings.ts';
import { withVariables, type Values } from './settings/values.ts';
import { VERSION } from './version.ts';

const ENDING_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

function run(
  command: CommandName,
  values: Values,
  child: readonly string[],
  context: Context,
): Promise<number> {
  switch (command) {
    case 'serve':
      return serve(parseServing(values), context);
    case 'exec':
      return exec(parseExec(values), child, context);
    case 'token':
      return token(parseToken(values), context);
    case 'env':
      return env(parseEnv(values), context);
    case 'adc':
      return adc(parseAdc(values), context);
  }
}

async function main(log: Log): Promise<number> {
  const invocation = parseArguments(process.argv.slice(2));
  if (invocation.kind === 'help') return print(helpText(invocation.command));
  if (invocation.kind === 'version') return print(`refresher ${VERSION}\n`);
  const { command, flags, child } = invocation;
  const values = withVariables(flags, process.env);
  if (command === 'exec' && process.pid === 1) {
    const program = { words: ownWords(), environment: process.env };
    const why = await becomeInit(program, process.execve?.bind(process));
    log('WARNING', `orphans of the command will stay as zombies: ${why}`);
  }
  return run(command, values, child, { log, print, environment: process.env, signal: untilToldToEnd() });
}

function print(text: string): Promise<0> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve(EXIT_CODES.ok)));
  });
}

function untilToldToEnd(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ENDING_SIGNALS) {
    process.on(signal, () => controller.abort(new Interrupted(signal)));
  }
  return controller.signal;
}

/** What starts this program once more; a single executable is its own runtime. */
function ownWords(): readonly string[] {
  const [runtime = '', script = '', ...words] = process.argv;
  // Bun has no such module
  const sea: { isSea(): boolean } | undefined = process.getBuiltinModule('node:sea');
  const isSingleExecutable = sea?.isSea() ?? false;
  return isSingleExecutable ? [process.execPath, ...words] : [runtime, ...process.execArgv, script, ...words];
}

function exitCodeOf(error: unknown, log: Log): number | Promise<number> {
  if (error instanceof Interrupted) return exitCodeOfSignal(error.signal);
  if (error instanceof Failure) {
    log('ERROR', error.message);
    return error.exitCode;
  }
  // whoever reads our output has seen enough: `refresher --help | head`
  if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return EXIT_CODES.ok;
  logBug(error, log);
  return EXIT_CODES.bug;
}

function logBug(error: unknown, log: Log): void {
  log('ERROR', 'a bug of the refresher', { causes: loggableCauses(error) });
}

/** Not in this file, because a workload that brings the refresher along has no use for it. It ends by itself. */
async function becomeHost(): Promise<never> {
  try {
    await import(new URL('refresher-host.mjs', import.meta.url).href);
  } catch (cause) {
    throw badConfiguration('host and task need Node, and refresher-host.mjs beside this file', cause);
  }
  return new Promise(() => undefined);
}

function start(): void {
  const log = createLog({
    write: (line) => void process.stderr.write(line),
    isTerminal: process.stderr.isTTY,
    now: () => new Date(),
  });
  if (/^(?:host|task)$/.test(process.argv[2] ?? '')) return end(becomeHost(), log);
  // one strange request must not take the tokens from everybody else
  process.on('uncaughtException', (error) => logBug(error, log));
  // Node would open its inspector on a port of this machine, and tokens are in memory
  process.on('SIGUSR1', () => undefined);
  // nobody reads: there is nobody to tell
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  end(main(log), log);
}

function end(running: Promise<number>, log: Log): void {
  void running.catch((error: unknown) => exitCodeOf(error, log)).then((code) => process.exit(code));
}

start();
