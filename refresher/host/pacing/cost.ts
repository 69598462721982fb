/**
 * How many turns of a task's pace it takes: most requests ask for one value, some for a whole tree of them. Pure.
 */

import { splitTarget } from '../../metadata-server/request-target.ts';

/** Some thirty values, each of which is looked up. Programs ask for it once, if at all. */
export const TREE_COST = 100;
/** What belongs to one account, which is what client libraries ask for. */
export const ACCOUNT_COST = 10;
/** Accepting it and ending it, beside its requests. */
export const CONNECTION_COST = 2;
/**
 * Little of it is the daemon's own time: the thread that closes it and the sender, which begins the next one at once, share the
 * processors with the daemon.
 */
export const CUT_OFF_COST = 60;

const ACCOUNT = /\/instance\/service-accounts\/[\w-][\w@.-]*\/?$/;

export function requestCost(url: string): number {
  if (!url.includes('?')) return 1;
  const { path, query } = splitTarget(url);
  if (!new URLSearchParams(query).has('recursive')) return 1;
  return ACCOUNT.test(path) ? ACCOUNT_COST : TREE_COST;
}
