/**
 * How many turns of a task's pace a request takes: most ask for one value, some for a whole tree of them. Pure.
 */

import { splitTarget } from '../../metadata-server/request-target.ts';

/** Some thirty values, each of which is looked up. */
export const TREE_COST = 20;

export function requestCost(url: string): number {
  if (!url.includes('?')) return 1;
  return new URLSearchParams(splitTarget(url).query).has('recursive') ? TREE_COST : 1;
}
