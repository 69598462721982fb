/**
 * Ways through others: the shortest to each target, by breadth. What is certain is looked for first, because a short way
 * that only may be there must not hide a longer one that is. Pure.
 */

import type { Network } from './network.ts';
import { FREE, handsOf, type Hands } from './power.ts';
import type { Step, Way } from './way.ts';

interface Stop {
  readonly way: Way;
  readonly member: string;
  readonly hands: Hands;
}

const EMPTY_HANDED: Hands = { iam: false, compute: false };

/**
 * @param own the member that the principal is itself, where that is known
 * @param granted what its documents grant it
 */
export function chainsFrom(
  own: string | undefined,
  granted: readonly Step[],
  network: Network,
): ReadonlyMap<string, Way> {
  const certain = search(own, granted, { ...network, signers: new Map(), fleets: new Map() });
  return new Map([...search(own, granted, network), ...certain]);
}

function search(own: string | undefined, granted: readonly Step[], network: Network): Map<string, Way> {
  const found = new Map<string, Way>();
  const seen = new Set<string>();
  const stops: Stop[] = own === undefined ? [] : [{ way: [], member: own, hands: FREE }];
  stops.push(...granted.filter(works).map((step) => stopAt([], step)));
  for (const stop of stops) {
    const { way, member, hands } = stop;
    if (isChain(way) && member !== own && !found.has(member)) found.set(member, way);
    const key = `${member} ${hands.iam} ${hands.compute}`;
    if (seen.has(key)) continue;
    seen.add(key);
    stops.push(...onwards(stop, network));
  }
  return found;
}

function isChain(way: Way): boolean {
  return way.length > 1 || (way.length === 1 && way[0]?.kind !== 'grant');
}

function onwards({ way, member, hands }: Stop, { delegates, signers, fleets }: Network): readonly Stop[] {
  const byIam = hands.iam ? [...(delegates.get(member) ?? []), ...(signers.get(member) ?? [])] : [];
  // its own VM it is already
  const grants = hands.compute && way.length > 0 ? (fleets.get(member) ?? []).filter(works) : [];
  const inVm = [...way, { kind: 'vm', to: member, path: `principals/${member}` } as const];
  return [...byIam.map((step) => stopAt(way, step)), ...grants.map((step) => stopAt(inVm, step))];
}

function works({ reason }: Step): boolean {
  return reason === undefined;
}

function stopAt(way: Way, step: Step): Stop {
  return { way: [...way, step], member: step.to, hands: handsAfter(step) };
}

/** Who becomes an account by IAM chooses the scopes; a user's token is not followed further. */
function handsAfter({ kind, to, terms }: Step): Hands {
  if (to.startsWith('user:')) return EMPTY_HANDED;
  return kind === 'grant' ? handsOf(terms?.scopes ?? []) : FREE;
}
