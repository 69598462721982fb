/**
 * Finds the place of each kind of claim.
 */

import { TaskError } from '../task-error.ts';
import type { HostNetwork } from './host-network.ts';
import type { FindPlace, FindPlaceAgain } from './place.ts';
import { findNamespace, findNamespaceAgain } from './private-namespace.ts';

interface Options {
  readonly program: readonly string[];
  /** `undefined`: the VM's own metadata server is not concealed. */
  readonly network: HostNetwork | undefined;
}

export function createAttribution({ program, network }: Options): {
  readonly find: FindPlace;
  readonly findAgain: FindPlaceAgain;
} {
  function concealed(): HostNetwork {
    if (network !== undefined) return network;
    const message =
      "tasks in the host's network need refresher host --conceal: before and after them, nothing else would keep what runs there from the VM's own metadata server";
    throw new TaskError('unsupported', message);
  }
  return {
    find: (claim) =>
      claim.kind === 'pid' || claim.kind === 'netns'
        ? findNamespace(claim, { program })
        : concealed().find(claim),
    findAgain: (evidence) =>
      evidence.kind === 'pid' || evidence.kind === 'netns'
        ? findNamespaceAgain(evidence, { program })
        : concealed().findAgain(evidence),
  };
}
