/**
 * Identity tokens that were verified before, by SHA-256, until they expire.
 *
 * A VM presents the same token many times within its hour; its signature has to be checked once. What the token
 * allows is decided anew at each exchange.
 */

import { createBoundedMap } from '../bounded-map.ts';
import type { Principal } from './principal.ts';

export interface VerifiedTokens {
  find(sha256: string, nowSeconds: number): Principal | undefined;
  remember(sha256: string, principal: Principal, expiresAtSeconds: number): void;
}

const MAX_TOKENS = 4096;

export function createVerifiedTokens(maxTokens = MAX_TOKENS): VerifiedTokens {
  const tokens = createBoundedMap<{ readonly principal: Principal; readonly expiresAtSeconds: number }>(
    maxTokens,
  );

  return {
    find(sha256, nowSeconds) {
      const entry = tokens.get(sha256);
      if (entry === undefined) return undefined;
      if (entry.expiresAtSeconds > nowSeconds) return entry.principal;
      tokens.delete(sha256);
      return undefined;
    },

    remember(sha256, principal, expiresAtSeconds) {
      tokens.set(sha256, { principal, expiresAtSeconds });
    },
  };
}
