/**
 * Finds the place of each kind of claim.
 */

import type { Libc } from '../kernel/libc.ts';
import { TaskError } from '../task-error.ts';
import type { HostNetwork } from './host-network.ts';
import type { FindPlace, FindPlaceAgain } from './place.ts';
import { findNamespace, findNamespaceAgain } from './private-namespace.ts';

interface Options {
  /** `undefined`: it could not be loaded. */
  readonly libc: Libc | undefined;
  /** `undefined`: the VM's own metadata server is not concealed. */
  readonly network: HostNetwork | undefined;
}

const WITHOUT_LIBC =
  "tasks with a network namespace of their own need koffi.node, made for this kind of machine, beside refresher-host.mjs (the daemon's log says more): --cgroup works";
const WITHOUT_CONCEALMENT =
  "tasks in the host's network need refresher host --conceal: before and after them, nothing else would keep what runs there from the VM's own metadata server";

export function createAttribution({ libc, network }: Options): {
  readonly find: FindPlace;
  readonly findAgain: FindPlaceAgain;
} {
  return {
    find: (claim) =>
      claim.kind === 'pid' || claim.kind === 'netns'
        ? findNamespace(claim, needed(libc, WITHOUT_LIBC))
        : needed(network, WITHOUT_CONCEALMENT).find(claim),
    findAgain: (evidence) =>
      evidence.kind === 'pid' || evidence.kind === 'netns'
        ? findNamespaceAgain(evidence, needed(libc, WITHOUT_LIBC))
        : needed(network, WITHOUT_CONCEALMENT).findAgain(evidence),
  };
}

function needed<T>(part: T | undefined, message: string): T {
  if (part === undefined) throw new TaskError('unsupported', message);
  return part;
}
