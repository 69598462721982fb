/**
 * A token at work: it has to read the one object that its account may read, and has to be refused what it may not.
 *
 * https://cloud.google.com/storage/docs/json_api/v1
 */

import { callHttp } from '../refresher/vending/http-call.ts';
import type { AccessToken } from '../shared/tokens.ts';
import type { ProbeConfig } from './config.ts';

export interface Used {
  /** Status of the read that is allowed. */
  readonly allowed: number;
  /** Status of the list that is not. */
  readonly forbidden: number;
}

/** Throws where nobody answers. */
export type UseToken = (token: AccessToken, signal: AbortSignal) => Promise<Used>;

const LIMITS = { timeoutMs: 30_000, maxBytes: 64 * 1024 };

export function createUseToken(
  { bucket, object, projectId }: Pick<ProbeConfig, 'bucket' | 'object' | 'projectId'>,
  storageOrigin = 'https://storage.googleapis.com',
): UseToken {
  return async function useToken(token, signal) {
    const headers = { authorization: `Bearer ${token.reveal()}` };
    const get = (path: string) =>
      callHttp({ method: 'GET', url: `${storageOrigin}/storage/v1/b${path}`, headers }, LIMITS, signal);
    const allowed = await get(`/${encodeURIComponent(bucket)}/o/${encodeURIComponent(object)}?alt=media`);
    const forbidden = await get(`?project=${encodeURIComponent(projectId)}`);
    return { allowed: allowed.status, forbidden: forbidden.status };
  };
}
