// Opaque access tokens. A token means nothing by itself; this register knows what each one stands for.
import { randomBytes } from 'node:crypto';

import type { AccessBoundary } from './access-boundary.ts';
import type { GoogleClock } from './google-clock.ts';

/** So many tokens are remembered; older ones become unknown. Bounds the memory of a long benchmark. */
const REMEMBERED_TOKENS = 200_000;

export interface TokenInfo {
  /** IAM member: `serviceAccount:EMAIL` or `user:EMAIL`. */
  readonly principal: string;
  readonly scopes: readonly string[];
  readonly expiresAtMs: number;
  /** Numeric OAuth client id that obtained it, `azp` of tokeninfo. */
  readonly clientId: string;
  /** Present on a downscoped token. */
  readonly boundary?: AccessBoundary;
}

export interface AccessTokens {
  /** A new opaque token for `info`, 220 characters long. */
  readonly mint: (info: TokenInfo) => string;
  /** The same for a token that lives `lifetimeSeconds` from now, to a whole second. */
  readonly mintFor: (info: Omit<TokenInfo, 'expiresAtMs'>, lifetimeSeconds: number) => string;
  /** Who a token is, expired or not; undefined where this Google never issued it. */
  readonly find: (accessToken: string) => TokenInfo | undefined;
}

export function createAccessTokens(clock: GoogleClock): AccessTokens {
  const issued = new Map<string, TokenInfo>();
  const mint = (info: TokenInfo): string => {
    const accessToken = `ya29.c.${randomBytes(160).toString('base64url').slice(0, 213)}`;
    const oldest = issued.keys().next();
    if (issued.size >= REMEMBERED_TOKENS && oldest.done !== true) issued.delete(oldest.value);
    issued.set(accessToken, info);
    return accessToken;
  };
  return {
    mint,
    mintFor: (info, lifetimeSeconds) =>
      mint({ ...info, expiresAtMs: (clock.nowSeconds() + lifetimeSeconds) * 1000 }),
    find: (accessToken) => issued.get(accessToken),
  };
}
