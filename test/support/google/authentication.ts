// Who calls an API: the bearer token of the request, checked as Google's front door does.
import type { AccessTokens, TokenInfo } from './access-tokens.ts';
import type { GoogleClock } from './google-clock.ts';
import type { GoogleRequest } from './reply.ts';
import type { ServiceAccounts } from './service-accounts.ts';
import type { Directory } from './workspace.ts';

export interface AuthenticatedCaller {
  readonly kind: 'authenticated';
  readonly email: string;
  readonly token: TokenInfo;
}

export type Caller =
  | AuthenticatedCaller
  /** No bearer token at all. */
  | { readonly kind: 'anonymous' }
  /** Unknown or expired token. */
  | { readonly kind: 'invalid' }
  /** A good token whose account was disabled, deleted or suspended since. */
  | { readonly kind: 'inactive'; readonly email: string };

export type Authenticate = (request: GoogleRequest) => Caller;

export interface AuthenticationDeps {
  clock: GoogleClock;
  accessTokens: AccessTokens;
  accounts: ServiceAccounts;
  directory: Directory;
}

export function createAuthentication({
  clock,
  accessTokens,
  accounts,
  directory,
}: AuthenticationDeps): Authenticate {
  return (request) => {
    const bearer = /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (bearer === undefined) return { kind: 'anonymous' };
    const token = accessTokens.find(bearer);
    if (token === undefined || token.expiresAtMs <= clock.nowMs()) return { kind: 'invalid' };
    const email = emailOf(token.principal);
    return isActive(token, email) ? { kind: 'authenticated', email, token } : { kind: 'inactive', email };
  };

  function isActive({ principal, clientId }: TokenInfo, email: string): boolean {
    if (principal.startsWith('user:')) return directory.findActiveUser(email) !== undefined;
    const account = accounts.find(email);
    // An account created again under the e-mail of a deleted one is another account.
    return account?.clientId === clientId && account.disabledStatus === undefined;
  }
}

/** The e-mail of an IAM member. */
export function emailOf(principal: string): string {
  return principal.slice(principal.indexOf(':') + 1);
}
