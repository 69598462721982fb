/**
 * How many turns of a task's pace it takes: most requests ask for one value, some for a whole tree of them. Pure.
 */

import { splitTarget } from '../../metadata-server/request-target.ts';

/** Some thirty values, each of which is looked up. */
export const TREE_COST = 20;
/** Accepting it and ending it, beside its requests. */
export const CONNECTION_COST = 2;
/** The requests that it sent without waiting are parsed before they are thrown away. */
export const CUT_OFF_COST = 20;

export function requestCost(url: string): number {
  if (!url.includes('?')) return 1;
  return new URLSearchParams(splitTarget(url).query).has('recursive') ? TREE_COST : 1;
}
