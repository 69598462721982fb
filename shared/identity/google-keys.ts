/**
 * Google's public keys, by key id.
 *
 * The key set is kept for as long as its HTTP headers say, refetched when a token names a key that it lacks (at most
 * once per cool-down, so that invented ids cost Google nothing), and served stale for a bounded time while Google
 * cannot be reached. One fetch is in flight at a time.
 */

import { abortable, timed, type CallContext } from '../call-context.ts';
import { Fault } from '../fault.ts';
import { Refusal } from '../refusal.ts';

/** A public key as RFC 7517 writes it. */
export interface RsaJwk {
  readonly kty: 'RSA';
  readonly alg: 'RS256';
  readonly kid: string;
  readonly n: string;
  readonly e: string;
}

export interface KeySet {
  readonly keys: ReadonlyMap<string, RsaJwk>;
  readonly freshForMs: number;
}

export interface GoogleKeys {
  /**
   * The key of that id. Throws a `Refusal` where Google does not have it, a `Fault` where nobody can tell.
   */
  find(kid: string, context: CallContext): Promise<RsaJwk>;
  /** Fetches the keys ahead of the first exchange; a failure is left for that exchange to meet. */
  warm(): void;
}

interface Dependencies {
  readonly fetchKeySet: () => Promise<KeySet>;
  readonly nowMs: () => number;
}

const UNKNOWN_KID_COOL_DOWN_MS = 30_000;
/** Google publishes a key for days before and after it signs with it, so that six hours more accept nothing new. */
const MAX_STALE_MS = 6 * 3600_000;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;

export function createGoogleKeys({ fetchKeySet, nowMs }: Dependencies): GoogleKeys {
  let current: (KeySet & { readonly fetchedAt: number }) | undefined;
  let failures = 0;
  let failedAt = 0;
  let lastFailure: unknown;
  let inFlight: Promise<void> | undefined;

  /** After a clock was set back nobody knows how long ago something was: long enough, then. */
  function elapsedMs(since: number): number {
    const elapsed = nowMs() - since;
    return elapsed >= 0 ? elapsed : Number.POSITIVE_INFINITY;
  }

  /** Below 0 while the keys are fresh; infinite where there are none. */
  function ageBeyondFreshMs(): number {
    return current === undefined
      ? Number.POSITIVE_INFINITY
      : elapsedMs(current.fetchedAt) - current.freshForMs;
  }

  function refresh(): Promise<void> {
    inFlight ??= fetchKeySet()
      .then(
        (fetched) => {
          current = { ...fetched, fetchedAt: nowMs() };
          failures = 0;
        },
        (error: unknown) => {
          lastFailure = error;
          failedAt = nowMs();
          failures += 1;
        },
      )
      .finally(() => {
        inFlight = undefined;
      });
    return inFlight;
  }

  function isRefreshDue(): boolean {
    return (
      failures === 0 || elapsedMs(failedAt) >= Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), MAX_RETRY_MS)
    );
  }

  /** Waits for a refresh, unless the last one failed so recently that the next is not due. */
  async function refreshIfDue(context: CallContext): Promise<void> {
    if (isRefreshDue()) await timed(context, 'keys', () => abortable(refresh(), context.signal));
  }

  function refreshInBackground(): void {
    if (isRefreshDue()) void refresh();
  }

  function unavailable(): Fault {
    const detail = 'the key set at TOKEN_VENDING_JWKS_URL could not be fetched';
    return new Fault('keys_unavailable', { detail, cause: lastFailure });
  }

  return {
    warm: refreshInBackground,

    async find(kid, context) {
      const isStale = ageBeyondFreshMs() >= 0;
      // while Google is down nobody waits for the next try, as long as the keys at hand may serve
      if (isStale && failures > 0 && ageBeyondFreshMs() < MAX_STALE_MS) refreshInBackground();
      else if (isStale) await refreshIfDue(context);

      if (current === undefined || ageBeyondFreshMs() >= MAX_STALE_MS) throw unavailable();
      const known = current.keys.get(kid);
      if (known !== undefined) return known;

      const isCoolingDown = failures === 0 && elapsedMs(current.fetchedAt) < UNKNOWN_KID_COOL_DOWN_MS;
      if (isCoolingDown) throw new Refusal('token_key_unknown');
      await refreshIfDue(context);
      const rotated = current.keys.get(kid);
      if (rotated !== undefined) return rotated;
      throw failures > 0 ? unavailable() : new Refusal('token_key_unknown');
    },
  };
}
