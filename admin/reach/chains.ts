/**
 * Ways through others: the shortest to each target, by breadth. Where one is not certain, a certain one is looked for, too: a
 * short way that only may be there must not hide a longer one that is. Pure.
 */

import type { Network } from './network.ts';
import { FREE, handsOf, type Hands } from './power.ts';
import { isCertain, type Step, type Way } from './way.ts';

/** Where a way has come to; the way itself is in those before. */
interface Stop {
  readonly member: string;
  readonly hands: Hands;
  readonly before: Stop | undefined;
  /** From the one before to this; none where it begins, two where one leads into a VM. */
  readonly steps: Way;
}

const EMPTY_HANDED: Hands = { iam: false, compute: false };

/**
 * @param own the member that the principal is itself, where that is known
 * @param granted what its documents grant it
 * @param isWanted of which targets the way is asked for
 */
export function chainsFrom(
  own: string | undefined,
  granted: readonly Step[],
  network: Network,
  isWanted: (target: string) => boolean,
): ReadonlyMap<string, Way> {
  const found = search(own, granted, network, isWanted);
  if ([...found.values()].every(isCertain)) return found;
  const certain = { ...network, signers: new Map(), fleets: new Map() };
  return new Map([...found, ...search(own, granted, certain, isWanted)]);
}

function search(
  own: string | undefined,
  granted: readonly Step[],
  network: Network,
  isWanted: (target: string) => boolean,
): Map<string, Way> {
  const found = new Map<string, Way>();
  const seen = new Set<string>();
  const stops = beginnings(own, granted);
  for (const stop of stops) {
    const { member, hands } = stop;
    if (member !== own && !found.has(member) && isChain(stop) && isWanted(member))
      found.set(member, wayTo(stop));
    const key = `${member} ${hands.iam} ${hands.compute}`;
    if (seen.has(key)) continue;
    seen.add(key);
    stops.push(...onwards(stop, network));
  }
  return found;
}

function beginnings(own: string | undefined, granted: readonly Step[]): Stop[] {
  const itself = own === undefined ? [] : [{ member: own, hands: FREE, before: undefined, steps: [] }];
  return [...itself, ...granted.filter(works).map((step) => stopAt(undefined, [step], step))];
}

/** More than one grant. */
function isChain({ before, steps }: Stop): boolean {
  return before !== undefined && (before.steps.length > 0 || steps[0]?.kind !== 'grant');
}

function onwards(stop: Stop, { delegates, signers, fleets }: Network): readonly Stop[] {
  const { member, hands, steps } = stop;
  const byIam = hands.iam ? [...(delegates.get(member) ?? []), ...(signers.get(member) ?? [])] : [];
  // its own VM it is already
  const grants = hands.compute && steps.length > 0 ? (fleets.get(member) ?? []).filter(works) : [];
  const intoVm = { kind: 'vm', to: member, path: `principals/${member}` } as const;
  return [
    ...byIam.map((step) => stopAt(stop, [step], step)),
    ...grants.map((step) => stopAt(stop, [intoVm, step], step)),
  ];
}

function works({ reason }: Step): boolean {
  return reason === undefined;
}

function stopAt(before: Stop | undefined, steps: Way, last: Step): Stop {
  return { member: last.to, hands: handsAfter(last), before, steps };
}

function wayTo(end: Stop): Way {
  const way: Step[] = [];
  for (let at: Stop | undefined = end; at !== undefined; at = at.before) way.unshift(...at.steps);
  return way;
}

/** Who becomes an account by IAM chooses the scopes; a user's token is not followed further. */
function handsAfter({ kind, to, terms }: Step): Hands {
  if (to.startsWith('user:')) return EMPTY_HANDED;
  return kind === 'grant' ? handsOf(terms?.scopes ?? []) : FREE;
}
