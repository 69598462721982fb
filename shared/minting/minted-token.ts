/**
 * What minting gives, whichever function minted it.
 */

import type { CallContext } from '../call-context.ts';
import type { AuthorizedGrant } from '../grants/authorized-grant.ts';
import type { AccessToken, IdToken } from '../tokens.ts';

export interface MintedToken {
  readonly token: AccessToken | IdToken;
  readonly expiresAtMs: number;
}

/** Creates a token at Google. Accepts nothing but what `authorize` decided. */
export type Mint<Grant extends AuthorizedGrant> = (
  grant: Grant,
  context: CallContext,
) => Promise<MintedToken>;
