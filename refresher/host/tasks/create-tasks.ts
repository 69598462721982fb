/**
 * The tasks of this host, and all that they are made of, put together.
 */

import { vmProjectFacts } from '../../commands/vm-project.ts';
import type { Log } from '../../log.ts';
import { passedOnTree } from '../../metadata-server/pass-through.ts';
import { systemClock } from '../../tokens/clock.ts';
import { createAccount } from '../../tokens/create-account.ts';
import { keepChecking } from '../../tokens/checks.ts';
import { createCheckClient } from '../../vending/check-client.ts';
import { createMetadataClient } from '../../vending/metadata-client.ts';
import { createVendingClient } from '../../vending/vending-client.ts';
import { createAttribution } from '../attribution/attribution.ts';
import type { HostRules } from '../host-rules.ts';
import type { Libc } from '../kernel/libc.ts';
import { bootId } from '../kernel/processes.ts';
import { createConnectionCalls } from '../pacing/connection-calls.ts';
import type { HostSettings } from '../settings/host-settings.ts';
import { shareIdentityTokens } from '../vending/shared-identity-tokens.ts';
import { vendForMany } from '../vending/vend-for-many.ts';
import { createRegistry, type Registry } from './registry.ts';
import { createSharedAccounts } from './shared-accounts.ts';
import { createStateFile } from './state-file.ts';
import { createTaskServer } from './task-server.ts';
import { createTask } from './task.ts';
import { createVmFacts } from './vm-facts.ts';

interface Options {
  readonly settings: HostSettings;
  /** `undefined`: nothing is concealed. */
  readonly rules: HostRules | undefined;
  /** `undefined`: it cannot be loaded. */
  readonly libc: Libc | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** There are none yet. */
export function createTasks({ settings, rules, libc, log, signal }: Options): {
  readonly registry: Registry;
} {
  const metadata = shareIdentityTokens(createMetadataClient({ host: settings.metadataHost }), {
    clock: systemClock,
    signal,
  });
  const vend = vendForMany({
    vend: createVendingClient({ functions: settings.functions, metadata }),
    onOutage: metadata.forget,
  });
  const tools = { vend, clock: systemClock, random: Math.random, log };
  const accounts = createSharedAccounts((target) => createAccount({ target, ...tools }));
  const check = createCheckClient({ functions: settings.functions, metadata });
  keepChecking({ accounts: accounts.all, check, ...tools }, signal);
  const facts = vmProjectFacts(metadata, signal);
  // one tree for all tasks: each would hold some kilobytes of its own
  const vmTree = passedOnTree(
    createVmFacts({
      ask: (path) => metadata.text(path, signal),
      nowMs: () => systemClock.monotonicMs(),
    }),
  );
  const attribution = createAttribution({ libc, network: rules?.network });
  const calls = createConnectionCalls(libc);
  const trouble = () => rules?.trouble();

  const registry = createRegistry({
    ...attribution,
    createTask: (request, place, since) =>
      createTask({
        request,
        place,
        since,
        leases: request.targets.map((target) => accounts.lease(target)),
        createServer: (visible) =>
          createTaskServer({
            accounts: visible,
            kind: place.evidence.kind,
            project: facts.withProject(request.project ?? settings.project),
            passedOn: vmTree,
            calls,
            log,
          }),
        trouble,
      }),
    trouble,
    state: createStateFile({ path: settings.statePath, bootId: bootId() }),
    maxTasks: settings.maxTasks,
    waitSeconds: settings.waitSeconds,
    now: () => new Date(),
    log,
  });
  return { registry };
}
