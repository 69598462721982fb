/**
 * The outcome of authorization: exactly what may be minted, for whom.
 *
 * Only `authorize` makes one; the brand is not exported, and `mint` accepts nothing else.
 */

import type { Target } from '../member.ts';

declare const authorized: unique symbol;

interface AuthorizedBase {
  readonly [authorized]: true;
  /** The document that holds the grant. */
  readonly grantPath: string;
  readonly target: Target;
  readonly scopes: readonly string[];
}

export interface AuthorizedAccessToken extends AuthorizedBase {
  readonly type: 'access_token';
  readonly lifetimeSeconds: number;
  readonly delegates: readonly string[];
}

export interface AuthorizedIdToken extends AuthorizedBase {
  readonly type: 'id_token';
  readonly audience: string;
  readonly delegates: readonly string[];
}

export interface AuthorizedDelegation extends AuthorizedBase {
  readonly type: 'delegation';
  readonly signer: string;
}

/** What the impersonate function mints. */
export type AuthorizedImpersonation = AuthorizedAccessToken | AuthorizedIdToken;

export type AuthorizedGrant = AuthorizedImpersonation | AuthorizedDelegation;

type Unbranded<Grant> = Grant extends AuthorizedGrant ? Omit<Grant, typeof authorized> : never;

/** For `authorize.ts` alone. */
export function authorizedGrant<Grant extends AuthorizedGrant>(decided: Unbranded<Grant>): Grant {
  // the brand exists in types alone
  return decided as unknown as Grant;
}
