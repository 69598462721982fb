/**
 * What is to be examined, and by which means.
 */

import type { FunctionAddress } from '../../refresher/vending/function-client.ts';
import type { FunctionName } from '../../refresher/vending/function-of.ts';
import type { Target } from '../../shared/member.ts';
import type { Surroundings } from './surroundings.ts';

export interface Patient {
  readonly targets: readonly Target[];
  readonly functions: { readonly [Name in FunctionName]?: FunctionAddress };
  /** Of the VM, in a VM; of the refresher, in a container. */
  readonly metadataHost: string;
  /** In a container: the VM's own server must not be in reach. */
  readonly isConcealed: boolean;
  readonly surroundings: Surroundings;
  readonly nowMs: () => number;
  readonly progress: (text: string) => void;
}

/** Nobody else ends what doctor does. */
export function never(): AbortSignal {
  return new AbortController().signal;
}
