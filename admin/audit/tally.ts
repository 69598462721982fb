/**
 * What was recorded, counted: who became whom, what was refused and why, what failed. Held is what is distinct, not what
 * there was of it.
 */

import { isDecision, type Check, type Decision, type Recorded } from './recorded.ts';

export interface Group {
  /** `undefined`: nobody who was verified. */
  readonly serviceAccount: string | undefined;
  /** `undefined`: the only target, or none that was understood. */
  readonly target: string | undefined;
  /** Of refusals and faults; of what was granted the type of the token. */
  readonly what: string;
  count: number;
  /** Numeric ids. */
  readonly vms: Set<string>;
  readonly scopes: Set<string>;
  first: Date | undefined;
  last: Date | undefined;
}

export type Outcome = Decision['outcome'];

export interface Tally {
  readonly outcomes: Readonly<Record<Outcome, readonly Group[]>>;
  readonly checks: {
    readonly count: number;
    readonly answers: Readonly<Record<'yes' | 'no' | 'fault', number>>;
  };
  readonly first: Date | undefined;
  readonly last: Date | undefined;
  /** Decisions that no log has given a time. */
  readonly withoutTime: number;
}

export interface Counter {
  readonly add: (recorded: Recorded) => void;
  readonly tally: () => Tally;
}

export function createCounter(): Counter {
  const groups: Readonly<Record<Outcome, Map<string, Group>>> = {
    granted: new Map(),
    refused: new Map(),
    fault: new Map(),
  };
  const checks = { count: 0, answers: { yes: 0, no: 0, fault: 0 } };
  const span: Pick<Group, 'first' | 'last'> = { first: undefined, last: undefined };
  let withoutTime = 0;

  function addCheck({ counts }: Check): void {
    checks.count += 1;
    for (const answer of ['yes', 'no', 'fault'] as const) checks.answers[answer] += counts?.[answer] ?? 0;
  }

  return {
    add(recorded) {
      const { event, at } = recorded;
      widen(span, at);
      if (!isDecision(recorded)) {
        if (event.event === 'token_check') addCheck(event);
        return;
      }
      if (at === undefined) withoutTime += 1;
      addTo(groups[recorded.event.outcome], recorded);
    },
    tally: () => ({
      outcomes: {
        granted: most(groups.granted),
        refused: most(groups.refused),
        fault: most(groups.fault),
      },
      checks,
      ...span,
      withoutTime,
    }),
  };
}

export function addTo(
  groups: Map<string, Group>,
  { event, at }: Recorded<Decision>,
  what = event.outcome === 'granted' ? (event.tokenType ?? 'access_token') : event.reason,
): void {
  const { principal, target, scopes = [] } = event;
  const key = `${what} ${principal?.serviceAccount} ${target}`;
  const known = groups.get(key);
  const group = known ?? {
    serviceAccount: principal?.serviceAccount,
    target,
    what,
    count: 0,
    vms: new Set(),
    scopes: new Set(),
    first: undefined,
    last: undefined,
  };
  if (known === undefined) groups.set(key, group);
  group.count += 1;
  if (principal !== undefined) group.vms.add(principal.instanceId);
  for (const scope of scopes) group.scopes.add(scope);
  widen(group, at);
}

function widen(span: Pick<Group, 'first' | 'last'>, at: Date | undefined): void {
  if (at === undefined) return;
  if (span.first === undefined || at < span.first) span.first = at;
  if (span.last === undefined || at > span.last) span.last = at;
}

/** The most frequent first. */
export function most(groups: ReadonlyMap<string, Group>): readonly Group[] {
  return [...groups.values()].toSorted((a, b) => b.count - a.count);
}
