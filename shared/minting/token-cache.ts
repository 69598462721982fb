/**
 * Minted tokens, reused for a short while and shared by callers who ask at the same moment.
 *
 * Authorization has run before, for each caller anew: what is cached is Google's work, never our decision. A mint runs
 * on a deadline of its own, because the caller who started it may give up while others wait for the same token.
 */

import { createBoundedMap } from '../bounded-map.ts';
import { abortable, startContext, type CallContext } from '../call-context.ts';
import { Fault } from '../fault.ts';
import type { AuthorizedGrant } from '../grants/authorized-grant.ts';
import type { Mint, MintedToken } from './minted-token.ts';

export interface Minted extends MintedToken {
  /** The token was minted for an earlier or a concurrent exchange. */
  readonly reused: boolean;
}

export type MintOrReuse<Grant extends AuthorizedGrant> = (
  grant: Grant,
  context: CallContext,
) => Promise<Minted>;

interface Dependencies<Grant extends AuthorizedGrant> {
  readonly mint: Mint<Grant>;
  readonly budgetMs: number;
  readonly nowMs: () => number;
  readonly maxTokens?: number;
}

const MAX_REUSE_MS = 300_000;
const MAX_TOKENS = 4096;
/** Below it no whole second is left to promise, and nothing is handed out. */
const MIN_LIFE_MS = 1_000;

export function createTokenCache<Grant extends AuthorizedGrant>(
  deps: Dependencies<Grant>,
): MintOrReuse<Grant> {
  const { mint, budgetMs, nowMs, maxTokens = MAX_TOKENS } = deps;
  const reusable = createBoundedMap<{ readonly minted: MintedToken; readonly until: number }>(maxTokens);
  const inFlight = new Map<string, Promise<MintedToken>>();

  function remember(key: string, minted: MintedToken): void {
    const now = nowMs();
    const lifeMs = minted.expiresAtMs - now;
    reusable.set(key, { minted, until: now + Math.min(MAX_REUSE_MS, lifeMs / 4, lifeMs - MIN_LIFE_MS) });
  }

  async function mintOnce(
    key: string,
    grant: Grant,
    upstreamMs: CallContext['upstreamMs'],
  ): Promise<MintedToken> {
    const { context, end } = startContext(budgetMs);
    try {
      const minted = await mint(grant, { signal: context.signal, upstreamMs });
      if (minted.expiresAtMs - nowMs() < MIN_LIFE_MS) {
        throw new Fault('minted_token_expired', {
          detail: 'Google gave a token that has expired; check this clock',
        });
      }
      remember(key, minted);
      return minted;
    } finally {
      end();
      inFlight.delete(key);
    }
  }

  return async (grant, context) => {
    const key = cacheKey(grant);
    const cached = reusable.get(key);
    if (cached !== undefined && nowMs() < cached.until) return { ...cached.minted, reused: true };
    reusable.delete(key);

    const joined = inFlight.get(key);
    const minting = joined ?? mintOnce(key, grant, context.upstreamMs);
    if (joined === undefined) inFlight.set(key, minting);
    return { ...(await abortable(minting, context.signal)), reused: joined !== undefined };
  };
}

/** Everything that makes one token differ from another. JSON, so that no two lists of values read alike. */
function cacheKey(grant: AuthorizedGrant): string {
  const { type, target, scopes } = grant;
  const ordered = scopes.toSorted();
  switch (type) {
    case 'access_token':
      return JSON.stringify([type, target.member, ordered, grant.delegates, grant.lifetimeSeconds]);
    case 'id_token':
      return JSON.stringify([type, target.member, grant.audience, grant.delegates]);
    case 'delegation':
      return JSON.stringify([type, target.member, ordered, grant.signer]);
  }
}
