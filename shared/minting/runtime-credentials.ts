/**
 * The function's own access token: of its runtime service account, from its metadata server.
 *
 * Only the metadata server is asked. Application Default Credentials would also take a key file or a developer's
 * login, and the functions must never act as anybody else. The only user of google-auth-library.
 */

import { Compute } from 'google-auth-library';
import { abortable, timed, type CallContext } from '../call-context.ts';
import { Fault } from '../fault.ts';
import { CLOUD_PLATFORM_SCOPE } from '../protocol.ts';
import { AccessToken } from '../tokens.ts';

export interface RuntimeToken {
  readonly token: AccessToken;
  readonly expiresAtMs: number;
}

export interface RuntimeCredentials {
  accessToken(context: CallContext): Promise<AccessToken>;
  /** Forgets a token that Google would not take. */
  discard(token: AccessToken): void;
  /** Fetches the token ahead of the first exchange; a failure is left for that exchange to meet. */
  warm(): void;
}

interface Dependencies {
  readonly fetchToken: () => Promise<RuntimeToken>;
  readonly nowMs: () => number;
}

/** The metadata server hands out a new token when some four to five minutes of the old one remain. */
const REFRESH_BEFORE_EXPIRY_MS = 225_000;
/** A token that is about to expire is still better than none while the metadata server does not answer. */
const USABLE_BEFORE_EXPIRY_MS = 30_000;
const RETRY_AFTER_FAILURE_MS = 5_000;
const FETCH_TIMEOUT_MS = 3_000;

export function createRuntimeCredentials({ fetchToken, nowMs }: Dependencies): RuntimeCredentials {
  let current: RuntimeToken | undefined;
  let retryAt = 0;
  let inFlight: Promise<RuntimeToken> | undefined;

  function refresh(): Promise<RuntimeToken> {
    inFlight ??= abortable(fetchToken(), AbortSignal.timeout(FETCH_TIMEOUT_MS))
      .then(
        (fetched) => {
          current = fetched;
          return fetched;
        },
        (cause: unknown) => {
          retryAt = nowMs() + RETRY_AFTER_FAILURE_MS;
          const detail =
            'the metadata server of the function gave no access token; it has to have a service account';
          throw new Fault('runtime_credentials_unavailable', { detail, cause });
        },
      )
      .finally(() => {
        inFlight = undefined;
      });
    return inFlight;
  }

  function livesFor(ms: number): RuntimeToken | undefined {
    return current !== undefined && current.expiresAtMs - nowMs() > ms ? current : undefined;
  }

  return {
    warm: () => void refresh().catch(() => undefined),

    discard(token) {
      if (current?.token === token) current = undefined;
    },

    async accessToken(context) {
      const fresh = livesFor(REFRESH_BEFORE_EXPIRY_MS);
      if (fresh !== undefined) return fresh.token;
      const usable = livesFor(USABLE_BEFORE_EXPIRY_MS);
      if (usable !== undefined && nowMs() < retryAt) return usable.token;
      const refreshed = timed(context, 'runtimeCredentials', () => abortable(refresh(), context.signal));
      return (usable === undefined ? await refreshed : await refreshed.catch(() => usable)).token;
    },
  };
}

/** Asks the metadata server that `GCE_METADATA_HOST` names, or the platform's. */
export async function fetchMetadataToken(nowMs: () => number): Promise<RuntimeToken> {
  const client = new Compute({ scopes: [CLOUD_PLATFORM_SCOPE] });
  const { token } = await client.getAccessToken();
  if (!token) throw new Error('the metadata server answered without an access token');
  return { token: new AccessToken(token), expiresAtMs: client.credentials.expiry_date ?? nowMs() };
}
