/**
 * The entry of the second bundle: `host` and `task`, which workloads that bring the refresher along never load.
 *
 * It has classes of its own, so that no error of its own leaves it: what goes wrong is logged here.
 */

import { loggableCauses } from '../../shared/loggable.ts';
import type { Context } from '../commands/context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { badUsage, Failure } from '../failure.ts';
import { callDaemon } from './control/control-client.ts';
import { runDaemon } from './daemon.ts';
import { hostHelpText } from './host-help.ts';
import { removeHostRules } from './host-rules.ts';
import { isRecord } from '../../shared/unknown.ts';
import { parseHostArguments, parseTaskArguments, type Parsed } from './settings/host-options.ts';
import { controlPathOf, parseHostSettings } from './settings/host-settings.ts';
import { task } from './task-command.ts';
import { TASK_ERRORS } from './task-error.ts';

/** Throws the signal's reason, and nothing else. */
export async function runHostCommand(words: readonly string[], context: Context): Promise<number> {
  try {
    const [command, ...rest] = words;
    const isHelp = rest.includes('--help') || rest.includes('-h');
    if (command === 'task') {
      if (isHelp) return await printed(hostHelpText('task'), context);
      return await task(parseTaskArguments(rest), context);
    }
    if (command !== 'host') throw badUsage('the first word has to be host or task');
    if (isHelp) return await printed(hostHelpText('host'), context);
    return await host(parseHostArguments(rest), context);
  } catch (error) {
    context.signal.throwIfAborted();
    const isKnown = error instanceof Failure;
    if (isKnown) context.log('ERROR', error.message);
    else context.log('ERROR', 'a bug of the refresher', { causes: loggableCauses(error) });
    return isKnown ? error.exitCode : EXIT_CODES.bug;
  }
}

async function host(parsed: Parsed, context: Context): Promise<number> {
  const [stray] = parsed.words;
  if (stray !== undefined) throw badUsage('host takes flags alone');
  if (parsed.values['check'] !== undefined) return check(parsed, context);
  refuseUnfit();
  if (parsed.values['restore'] !== undefined) return restore(parsed, context);
  return runDaemon(parseHostSettings(parsed, context.environment), context);
}

function refuseUnfit(): void {
  const [what] = [
    process.platform === 'linux' ? [] : ['Linux'],
    process.getuid?.() === 0 ? [] : ['root'],
    // a listener is made of a descriptor, which Bun cannot do
    process.versions['bun'] === undefined ? [] : ['Node'],
  ].flat();
  if (what === undefined) return;
  const message = `refresher host needs ${what}: without it, refresher serve and exec work for one tenant`;
  throw new Failure(TASK_ERRORS.unsupported.exitCode, message);
}

async function check(parsed: Parsed, { environment, signal, print }: Context): Promise<number> {
  const control = controlPathOf(parsed, environment);
  const answer = await callDaemon(control, { method: 'GET', path: '/concealment' }, signal);
  const { concealed, why } = isRecord(answer) ? answer : {};
  if (concealed !== true) throw new Failure(EXIT_CODES.unavailable, `not concealed: ${String(why)}`);
  await print("the VM's own metadata server is concealed\n");
  return EXIT_CODES.ok;
}

async function restore(parsed: Parsed, { environment, signal }: Context): Promise<number> {
  const control = controlPathOf(parsed, environment);
  const isRunning = await callDaemon(control, { method: 'GET', path: '/healthz' }, signal).then(
    () => true,
    () => false,
  );
  if (isRunning)
    throw new Failure(EXIT_CODES.badUsage, 'a daemon runs, and would put the rules back: stop it');
  await removeHostRules().catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : 'unknown';
    throw new Failure(TASK_ERRORS.unsupported.exitCode, `the rules cannot be removed: ${why}`, { cause });
  });
  return EXIT_CODES.ok;
}

async function printed(text: string, { print }: Context): Promise<number> {
  await print(text);
  return EXIT_CODES.ok;
}
