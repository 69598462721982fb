/**
 * `refresher host`: the daemon, until somebody ends it. What it is made of is put together here.
 *
 * The order of the start: nobody else may be it (the control socket), the rules, the tasks of before, and only then
 * does it take new ones.
 */

import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { loggableCauses } from '../../shared/loggable.ts';
import { vmProjectFacts } from '../commands/vm-project.ts';
import type { Context } from '../commands/context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { listen } from '../metadata-server/server.ts';
import { systemClock } from '../tokens/clock.ts';
import { createAccount } from '../tokens/create-account.ts';
import { createMetadataClient } from '../vending/metadata-client.ts';
import { createVendingClient } from '../vending/vending-client.ts';
import { createAttribution } from './attribution/attribution.ts';
import { createControlServer } from './control/control-server.ts';
import { loadLibc } from './kernel/libc.ts';
import { bootId } from './kernel/processes.ts';
import type { HostSettings } from './settings/host-settings.ts';
import { startHostRules } from './host-rules.ts';
import { createRegistry, type Registry } from './tasks/registry.ts';
import { createSharedAccounts } from './tasks/shared-accounts.ts';
import { createSharedMetadata } from './tasks/shared-metadata.ts';
import { createStateFile } from './tasks/state-file.ts';
import { createTaskServer } from './tasks/task-server.ts';
import { createTask } from './tasks/task.ts';

const SWEEP_MS = 1_000;
/** Every so many sweeps the rules are looked at. */
const CHECK_EVERY = 3;

export async function runDaemon(settings: HostSettings, { log, signal }: Context): Promise<number> {
  const metadata = createSharedMetadata({
    metadata: createMetadataClient({ host: settings.metadataHost }),
    nowMs: () => performance.now(),
    signal,
  });
  const vend = createVendingClient({ functions: settings.functions, metadata });
  const tools = { vend, clock: systemClock, random: Math.random, log };
  const accounts = createSharedAccounts((target) => createAccount({ target, ...tools }));
  const facts = vmProjectFacts(metadata, signal);

  const libc = await loadLibc().catch((error: unknown) => {
    log('WARNING', 'koffi.node cannot be loaded: there are no tasks with a network namespace of their own', {
      causes: loggableCauses(error),
    });
    return undefined;
  });
  let registry: Registry | undefined;
  let isReady = false;
  const rules = settings.conceals ? await prepareRules() : undefined;
  const control = createControlServer({
    registry: () => (isReady ? registry : undefined),
    concealment: async () => {
      const why = rules === undefined ? 'the daemon runs without --conceal' : await rules.check();
      return why === undefined ? { concealed: true } : { concealed: false, why };
    },
    log,
  });

  function prepareRules() {
    return startHostRules({
      allowedPaths: settings.allowedCgroups,
      allowsAddresses: settings.allowsAddresses,
      libc,
      log,
    });
  }

  await mkdir(dirname(settings.controlPath), { recursive: true, mode: 0o700 });
  await listen(control, { kind: 'unix', path: settings.controlPath }).catch((cause: unknown) => {
    const message = `cannot listen on ${settings.controlPath}: does a daemon run already?`;
    throw new Failure(EXIT_CODES.badConfiguration, message, { cause });
  });
  await rules?.install();

  const trouble = () => rules?.trouble();
  const attribution = createAttribution({ libc, network: rules?.network });
  registry = createRegistry({
    ...attribution,
    createTask: (request, place, since) =>
      createTask({
        request,
        place,
        since,
        leases: request.targets.map((target) => accounts.lease(target)),
        createServer: (visible, kind) =>
          createTaskServer({
            accounts: visible,
            kind,
            project: facts.withProject(request.project ?? settings.project),
            passThrough: (path) => metadata.text(path, signal),
            log,
          }),
        trouble,
        log,
      }),
    trouble,
    state: createStateFile({ path: settings.statePath, bootId: bootId() }),
    maxTasks: settings.maxTasks,
    waitSeconds: settings.waitSeconds,
    now: () => new Date(),
    log,
  });
  await registry.restore();
  isReady = true;
  log('INFO', `listening on ${settings.controlPath}`, {
    address: `unix:${settings.controlPath}`,
    tasks: registry.all().length,
    concealed: settings.conceals,
  });

  await keepWatch(registry, async () => void (await rules?.check()), signal);
  control.close();
  control.closeAllConnections();
  await registry.close();
  log('INFO', 'stopped; rules and addresses stay, so that nothing falls through to the VM');
  return EXIT_CODES.ok;
}

/** Until the signal: tasks that have gone are removed, and the rules looked at. */
async function keepWatch(registry: Registry, check: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (let turn = 1; !signal.aborted; turn += 1) {
    await pause(SWEEP_MS, signal);
    if (signal.aborted) return;
    await registry.sweep();
    if (turn % CHECK_EVERY === 0) await check();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
