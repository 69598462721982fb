/**
 * Delegation: an access token of a Workspace user, by domain-wide delegation without a key.
 *
 * The signer's Google-managed key signs an assertion for the user, and the token endpoint exchanges it.
 * https://developers.google.com/identity/protocols/oauth2/service-account#delegatingauthority
 */

import type { AuthorizedDelegation } from '../grants/authorized-grant.ts';
import type { IamCredentials } from './iam-credentials.ts';
import type { Mint } from './minted-token.ts';
import type { TokenEndpoint } from './token-endpoint.ts';

interface Dependencies {
  readonly iam: Pick<IamCredentials, 'signJwt'>;
  readonly tokenEndpoint: TokenEndpoint;
  readonly nowMs: () => number;
}

/** Google's own address, wherever the request is sent: the endpoint compares it with its name. */
const ASSERTION_AUDIENCE = 'https://oauth2.googleapis.com/token';

/** Long enough for clocks that differ by minutes. Whoever finds an assertion can use it until it expires. */
const ASSERTION_LIFETIME_SECONDS = 300;

export function createDelegation({ iam, tokenEndpoint, nowMs }: Dependencies): Mint<AuthorizedDelegation> {
  return async (grant, context) => {
    const claims = assertionClaims(grant, Math.floor(nowMs() / 1000));
    const assertion = await iam.signJwt({ account: grant.signer, claims }, context);
    const askedAtMs = nowMs();
    const { token, expiresInSeconds } = await tokenEndpoint.exchangeAssertion(assertion, context);
    return { token, expiresAtMs: askedAtMs + expiresInSeconds * 1000 };
  };
}

function assertionClaims(
  grant: AuthorizedDelegation,
  nowSeconds: number,
): Readonly<Record<string, string | number>> {
  return {
    iss: grant.signer,
    sub: grant.target.email,
    scope: grant.scopes.join(' '),
    aud: ASSERTION_AUDIENCE,
    iat: nowSeconds,
    exp: nowSeconds + ASSERTION_LIFETIME_SECONDS,
  };
}
