/**
 * Impersonation: an access token or an ID token of a service account.
 */

import type {
  AuthorizedAccessToken,
  AuthorizedIdToken,
  AuthorizedImpersonation,
} from '../grants/authorized-grant.ts';
import type { CallContext } from '../call-context.ts';
import type { IamCredentials } from './iam-credentials.ts';
import type { Mint, MintedToken } from './minted-token.ts';

interface Dependencies {
  readonly iam: Pick<IamCredentials, 'generateAccessToken' | 'generateIdToken'>;
  readonly nowMs: () => number;
}

/** `generateIdToken` always signs for an hour, and its answer does not say so. */
const ID_TOKEN_LIFETIME_SECONDS = 3600;

export function createImpersonation({ iam, nowMs }: Dependencies): Mint<AuthorizedImpersonation> {
  async function mintAccessToken(grant: AuthorizedAccessToken, context: CallContext): Promise<MintedToken> {
    const { target, delegates, scopes, lifetimeSeconds } = grant;
    const askedAtMs = nowMs();
    const minted = await iam.generateAccessToken(
      { account: target.email, delegates, scopes, lifetimeSeconds },
      context,
    );
    // Google's clock may be ahead of this one: never promise more than was asked for
    const latestMs = askedAtMs + lifetimeSeconds * 1000;
    return { token: minted.token, expiresAtMs: Math.min(minted.expiresAtMs, latestMs) };
  }

  async function mintIdToken(grant: AuthorizedIdToken, context: CallContext): Promise<MintedToken> {
    const { target, delegates, audience } = grant;
    const expiresAtMs = nowMs() + ID_TOKEN_LIFETIME_SECONDS * 1000;
    const token = await iam.generateIdToken({ account: target.email, delegates, audience }, context);
    return { token, expiresAtMs };
  }

  return (grant, context) =>
    grant.type === 'id_token' ? mintIdToken(grant, context) : mintAccessToken(grant, context);
}
