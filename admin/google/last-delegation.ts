/**
 * What Google last said to `delegate` about a user: its audit log knows, and may be read by people who may not sign.
 *
 * https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list
 */

import { loggableText } from '../../shared/loggable.ts';
import { isRecord } from '../../shared/unknown.ts';
import type { CallGoogle } from './call-google.ts';
import type { LastDelegation } from './google.ts';

/** Older answers say little about today; Cloud Logging keeps no more by itself. */
const LOOK_BACK_DAYS = 30;
const MS_PER_DAY = 86_400_000;

export async function lastDelegation(
  projectId: string,
  user: string,
  { call, nowMs }: { readonly call: CallGoogle; readonly nowMs: () => number },
): Promise<LastDelegation | undefined> {
  const since = new Date(nowMs() - LOOK_BACK_DAYS * MS_PER_DAY).toISOString();
  const filter = [
    'jsonPayload.event="token_decision"',
    'jsonPayload.function="delegate"',
    `jsonPayload.target="user:${user}"`,
    'jsonPayload.reason=("granted" OR "oauth_rejected")',
    // a token that was kept says nothing about Google
    'NOT jsonPayload.reused=true',
    `timestamp>="${since}"`,
  ].join(' AND ');
  const json = { resourceNames: [`projects/${projectId}`], filter, orderBy: 'timestamp desc', pageSize: 1 };
  const answer = await call({ api: 'logging', path: '/v2/entries:list', json });
  const entries: unknown = answer?.status === 200 ? answer.body['entries'] : undefined;
  return Array.isArray(entries) ? decisionOf(entries[0]) : undefined;
}

/** `undefined`: it is no such entry. Pure. */
export function decisionOf(entry: unknown): LastDelegation | undefined {
  if (!isRecord(entry) || !isRecord(entry['jsonPayload'])) return undefined;
  const { timestamp, jsonPayload } = entry;
  const { reason, scopes, detail = '' } = jsonPayload;
  const isWhole = typeof timestamp === 'string' && typeof detail === 'string' && Array.isArray(scopes);
  if (!isWhole || (reason !== 'granted' && reason !== 'oauth_rejected')) return undefined;
  return {
    is: reason,
    at: loggableText(timestamp),
    scopes: scopes.filter((scope) => typeof scope === 'string'),
    detail: loggableText(detail),
  };
}
