/**
 * From stored documents to what everybody can become. Pure.
 */

import type { StoredDocument } from '../../shared/grants/stored-document.ts';
import type { DocumentText } from '../documents/document-text.ts';
import { callersOf } from './callers.ts';
import { chainsFrom } from './chains.ts';
import { networkOf } from './network.ts';
import { storedSteps, type Setting } from './stored-steps.ts';
import type { Reach, Reached } from './way.ts';

export interface Stored {
  /** By the id of the principal. */
  readonly principals: ReadonlyMap<string, DocumentText>;
  readonly killSwitch: StoredDocument | undefined;
}

/** Principals and targets in the order of their names. */
export function reachOf({ principals, killSwitch }: Stored, setting: Setting): readonly Reach[] {
  const callers = callersOf(principals, killSwitch, setting.now).toSorted((a, b) => compare(a.id, b.id));
  const granted = new Map(callers.map((caller) => [caller.id, storedSteps(caller, setting)]));
  const network = networkOf(granted);
  return callers.map(({ id, serviceAccount }) => {
    const steps = granted.get(id) ?? [];
    const own = serviceAccount && `serviceAccount:${serviceAccount}`;
    const direct = new Map(steps.map((step) => [step.to, step]));
    const chains = chainsFrom(own, steps, network);
    const targets = [...new Set([...direct.keys(), ...chains.keys()])].toSorted(compare);
    const reached = targets.map((target): Reached => ({
      target,
      direct: direct.get(target),
      chain: chains.get(target),
    }));
    return { principal: id, serviceAccount, reached };
  });
}

/** By code units, the same on every machine. */
function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

export interface Selection {
  /** Empty: all. */
  readonly principals: readonly string[];
  readonly targets: readonly string[];
}

/** What was asked for; with targets alone, only those who can become one of them. */
export function selected(all: readonly Reach[], { principals, targets }: Selection): readonly Reach[] {
  return all
    .filter(({ principal }) => isWanted(principals, principal))
    .map((reach) => ({ ...reach, reached: reach.reached.filter(({ target }) => isWanted(targets, target)) }))
    .filter(({ reached }) => reached.length > 0 || principals.length > 0 || targets.length === 0);
}

function isWanted(wanted: readonly string[], one: string): boolean {
  return wanted.length === 0 || wanted.includes(one);
}

/** Those who can become each target, in the order of their names. */
export function byTarget(
  all: readonly Reach[],
): ReadonlyMap<string, readonly (readonly [string, Reached])[]> {
  const targets = new Map<string, (readonly [string, Reached])[]>();
  for (const { principal, reached } of all) {
    for (const one of reached) {
      const known = targets.get(one.target) ?? [];
      known.push([principal, one]);
      targets.set(one.target, known);
    }
  }
  return new Map([...targets].toSorted(([a], [b]) => compare(a, b)));
}
