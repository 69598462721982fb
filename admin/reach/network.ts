/**
 * Where one can go from an identity, beside the grants of principals: what delegates and signers of all grants imply, and
 * accounts that are fleets, too. Pure.
 */

import type { Step } from './way.ts';

export interface Network {
  /** By member. */
  readonly delegates: ReadonlyMap<string, readonly Step[]>;
  readonly signers: ReadonlyMap<string, readonly Step[]>;
  /** What the document of an account grants VMs that run as it. */
  readonly fleets: ReadonlyMap<string, readonly Step[]>;
}

/** @param granted the stored steps of each principal, by its id */
export function networkOf(granted: ReadonlyMap<string, readonly Step[]>): Network {
  const delegates = new Map<string, Map<string, Step>>();
  const signers = new Map<string, Map<string, Step>>();
  for (const step of [...granted.values()].flat()) {
    const { to, path, terms } = step;
    const chain = (terms?.delegates ?? []).map((email) => `serviceAccount:${email}`);
    for (const [index, from] of chain.entries()) {
      add(delegates, from, { kind: 'delegate', to: chain[index + 1] ?? to, path });
    }
    if (terms?.signer !== undefined)
      add(signers, `serviceAccount:${terms.signer}`, { kind: 'signer', to, path });
  }
  const fleets = [...granted].filter(([id]) => id.startsWith('serviceAccount:'));
  return { delegates: listed(delegates), signers: listed(signers), fleets: new Map(fleets) };
}

/** Many grants say the same; the first is as good as any. */
function add(steps: Map<string, Map<string, Step>>, from: string, step: Step): void {
  const known = steps.get(from) ?? new Map<string, Step>();
  if (!known.has(step.to)) known.set(step.to, step);
  steps.set(from, known);
}

function listed(steps: ReadonlyMap<string, ReadonlyMap<string, Step>>): ReadonlyMap<string, readonly Step[]> {
  return new Map(Array.from(steps, ([from, known]) => [from, [...known.values()]]));
}
