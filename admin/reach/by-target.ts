/**
 * The same, seen from the targets. Pure.
 */

import { compare } from './survey.ts';
import type { Reach, Reached } from './way.ts';

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
