// https://www.googleapis.com/oauth2/v3/tokeninfo?access_token=…
import type { AccessTokens } from './access-tokens.ts';
import { emailOf } from './authentication.ts';
import type { RouteEntry } from './dispatcher.ts';
import type { GoogleClock } from './google-clock.ts';
import { oauthRefusal } from './oauth-error.ts';
import { jsonReply, type GoogleReply, type GoogleRequest } from './reply.ts';
import { hasScope } from './scopes.ts';

export interface TokeninfoDeps {
  clock: GoogleClock;
  accessTokens: AccessTokens;
}

export function tokeninfoRoute(deps: TokeninfoDeps): RouteEntry {
  const path = /^\/oauth2\/v3\/tokeninfo$/;
  return { route: 'tokeninfo', method: 'any', path, handle: (request) => describe(deps, request) };
}

function describe({ clock, accessTokens }: TokeninfoDeps, request: GoogleRequest): GoogleReply {
  const token = accessTokens.find(request.query.get('access_token') ?? '');
  const now = clock.nowMs();
  if (token === undefined || token.expiresAtMs <= now)
    throw oauthRefusal(400, 'invalid_token', 'Invalid Value');
  const { principal, scopes, clientId, expiresAtMs } = token;
  // The e-mail is told only to whom was given the right to see it.
  const seesEmail = scopes.includes('email') || hasScope(scopes, ['userinfo.email']);
  return jsonReply(200, {
    azp: clientId,
    aud: clientId,
    scope: scopes.join(' '),
    exp: String(Math.floor(expiresAtMs / 1000)),
    expires_in: String(Math.floor((expiresAtMs - now) / 1000)),
    ...(seesEmail && { email: emailOf(principal), email_verified: 'true' }),
    access_type: 'online',
  });
}
