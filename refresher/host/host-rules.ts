/**
 * All rules of the host's own network: those that conceal the VM's metadata server, and those that turn the requests of
 * tasks to their listeners. They hold together or not at all.
 */

import { EXIT_CODES } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { Log } from '../log.ts';
import { createHostNetwork, HOST_TABLE, type HostNetwork } from './attribution/host-network.ts';
import { createConcealment, type Concealment } from './conceal/concealment.ts';
import { CONCEALMENT_TABLE } from './conceal/concealment-rules.ts';
import { CGROUP_ROOT, hasCgroups, ownCgroup } from './kernel/cgroups.ts';
import type { Libc } from './kernel/libc.ts';
import { removeRuleTable } from './kernel/rule-table.ts';
import { TASK_ERRORS } from './task-error.ts';

export interface HostRules extends Pick<Concealment, 'check' | 'trouble'> {
  readonly install: () => Promise<void>;
  readonly network: HostNetwork;
}

interface Options {
  readonly allowedCgroups: readonly string[];
  readonly allowsAddresses: boolean;
  readonly libc: Libc | undefined;
  readonly log: Log;
}

const WITHOUT = 'without --conceal, tasks with a network namespace of their own still work';

/** Nothing is in place yet. Throws a `Failure` where it cannot be. */
export async function startHostRules({
  allowedCgroups,
  allowsAddresses,
  libc,
  log,
}: Options): Promise<HostRules> {
  if (!hasCgroups()) {
    throw new Failure(
      TASK_ERRORS.unsupported.exitCode,
      `--conceal needs cgroup v2 at ${CGROUP_ROOT}: ${WITHOUT}`,
    );
  }
  const daemon = ownCgroup();
  if (daemon === undefined) {
    const message = `--conceal needs the daemon in a cgroup of its own, and it is in the root: start it as a service; ${WITHOUT}`;
    throw new Failure(EXIT_CODES.badConfiguration, message);
  }
  let network: HostNetwork | undefined = undefined;
  const concealment = createConcealment({ daemon, allowedPaths: allowedCgroups, others: () => network, log });
  network = await createHostNetwork({ daemon, allowed: concealment.allowed, allowsAddresses, libc });
  const missing = allowedCgroups.length - concealment.allowed().length;
  if (missing > 0)
    log('WARNING', `${missing} of the --allow-cgroup do not exist now; they count once they do`);

  return {
    network,
    check: concealment.check,
    trouble: concealment.trouble,
    async install() {
      try {
        await concealment.install();
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : 'unknown';
        throw new Failure(
          TASK_ERRORS.unsupported.exitCode,
          `the rules of --conceal cannot be put in place (${why}): ${WITHOUT}`,
          { cause },
        );
      }
    },
  };
}

/** What an ended daemon has left. */
export async function removeHostRules(): Promise<void> {
  await removeRuleTable(HOST_TABLE);
  await removeRuleTable(CONCEALMENT_TABLE);
}
