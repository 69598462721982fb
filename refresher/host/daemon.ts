/**
 * `refresher host`: the daemon, until somebody ends it.
 *
 * The order of the start: nobody else may be it (the control socket), the rules, the tasks of before, and only then does it
 * take new ones.
 */

import { mkdir } from 'node:fs/promises';
import type { Server } from 'node:http';
import { dirname } from 'node:path';
import { loggableCauses } from '../../shared/loggable.ts';
import type { Context } from '../commands/context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { Log } from '../log.ts';
import { listen } from '../metadata-server/server.ts';
import { createControlServer } from './control/control-server.ts';
import { startHostRules, type HostRules } from './host-rules.ts';
import { loadLibc, type Libc } from './kernel/libc.ts';
import { keepWatch } from './keep-watch.ts';
import type { HostSettings } from './settings/host-settings.ts';
import { createTasks } from './tasks/create-tasks.ts';
import type { Registry } from './tasks/registry.ts';

export async function runDaemon(settings: HostSettings, { log, signal }: Context): Promise<number> {
  const libc = await libcIfThere(log);
  const rules = settings.conceals ? await startHostRules({ ...settings, libc, log }) : undefined;
  let taken: Registry | undefined;
  const control = createControlServer({
    registry: () => taken,
    concealment: () => concealmentOf(rules),
    log,
  });
  await claim(control, settings.controlPath);
  await rules?.install();

  const { registry } = createTasks({ settings, rules, libc, log, signal });
  await registry.restore();
  taken = registry;
  log('INFO', `listening on ${settings.controlPath}`, {
    address: `unix:${settings.controlPath}`,
    tasks: registry.all().length,
    concealed: settings.conceals,
  });

  await keepWatch({ registry, rules, signal });
  control.close();
  control.closeAllConnections();
  await registry.close();
  log('INFO', 'stopped; rules and addresses stay, so that nothing falls through to the VM');
  return EXIT_CODES.ok;
}

/** Whoever holds the control socket is the daemon. */
async function claim(control: Server, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await listen(control, { kind: 'unix', path }).catch((cause: unknown) => {
    const message = `cannot listen on ${path}: does a daemon run already?`;
    throw new Failure(EXIT_CODES.badConfiguration, message, { cause });
  });
}

/** Looked at just now. */
async function concealmentOf(
  rules: HostRules | undefined,
): Promise<{ readonly concealed: boolean; readonly why?: string }> {
  const why = rules === undefined ? 'the daemon runs without --conceal' : await rules.check();
  return why === undefined ? { concealed: true } : { concealed: false, why };
}

function libcIfThere(log: Log): Promise<Libc | undefined> {
  return loadLibc().catch((error: unknown) => {
    log('WARNING', 'koffi.node cannot be loaded: no task can have a network namespace of its own', {
      causes: loggableCauses(error),
    });
    return undefined;
  });
}
