// https://oauth2.googleapis.com/token with the JWT-bearer grant (RFC 7523), alone and with domain-wide delegation:
// https://developers.google.com/identity/protocols/oauth2/service-account
// The order of the checks is the real endpoint's, as recorded: structure, signature, account, presence of iat and
// exp, their window, scope, audience; then the user and the delegation table.
import type { AccessTokens } from './access-tokens.ts';
import { verifyAssertion, type Assertion } from './assertion.ts';
import type { RouteEntry } from './dispatcher.ts';
import { parseForm, requireParameter } from './form-body.ts';
import type { GoogleClock } from './google-clock.ts';
import type { GoogleKeys } from './google-keys.ts';
import { oauthRefusal } from './oauth-error.ts';
import { jsonReply, type GoogleReply, type GoogleRequest } from './reply.ts';
import type { Rs256Signer } from './rs256-signer.ts';
import type { ScopeCatalogue } from './scopes.ts';
import type { ServiceAccounts } from './service-accounts.ts';
import type { Directory } from './workspace.ts';

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** Not 3600: recorded. */
const LIFETIME_SECONDS = 3599;

const NOT_AUTHORIZED_FOR_ANY_SCOPE =
  'Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the ' +
  'scopes requested.';

export interface OauthTokenDeps {
  clock: GoogleClock;
  accessTokens: AccessTokens;
  accounts: ServiceAccounts;
  directory: Directory;
  scopes: ScopeCatalogue;
  keys: GoogleKeys;
  signer: Rs256Signer;
}

export function oauthTokenRoute(deps: OauthTokenDeps): RouteEntry {
  return {
    route: 'oauthToken',
    method: 'POST',
    path: /^\/token$/,
    handle: (request) => exchangeAssertion(deps, request),
  };
}

async function exchangeAssertion(deps: OauthTokenDeps, request: GoogleRequest): Promise<GoogleReply> {
  const form = parseForm(request);
  const grantType = requireParameter(form, 'grant_type');
  if (grantType !== GRANT_TYPE)
    throw oauthRefusal(400, 'unsupported_grant_type', `Invalid grant_type: ${grantType}`);
  const assertion = verifyAssertion(form.get('assertion') ?? '', deps);
  const { signer, scopes, subject } = assertion;
  if (subject === undefined || subject === signer.email) {
    // Recorded: one unknown scope among the list, and the answer is an ID token alone, with status 200.
    if (!scopes.every((scope) => deps.scopes.isKnown(scope))) return idTokenOnly(deps, assertion);
    return accessToken(deps, assertion, `serviceAccount:${signer.email}`);
  }
  return accessToken(deps, assertion, `user:${requireDelegation(deps, subject, assertion)}`);
}

/** The user's canonical e-mail, when the signer may act for that user with all the scopes. */
function requireDelegation(deps: OauthTokenDeps, subject: string, { signer, scopes }: Assertion): string {
  if (!subject.includes('@')) throw oauthRefusal(400, 'invalid_grant', 'Not a valid email');
  const user = deps.directory.findActiveUser(subject);
  if (user === undefined) throw oauthRefusal(400, 'invalid_grant', 'Invalid email or User ID');

  const authorized = deps.directory.authorizedScopes(signer.clientId);
  if (authorized === undefined) {
    // The table lists numeric client ids: an entry under the e-mail is the commonest mistake, with a sentence of its own.
    const byEmail = deps.directory.authorizedScopes(signer.email) !== undefined;
    const sentence = byEmail ? NOT_AUTHORIZED_FOR_ANY_SCOPE : 'Unauthorized client or scope in request.';
    throw oauthRefusal(401, 'unauthorized_client', sentence);
  }
  const missing = scopes.filter((scope) => !authorized.has(scope));
  if (missing.length === 0) return user;
  if (missing.length === scopes.length || missing.some((scope) => !deps.scopes.isKnown(scope))) {
    throw oauthRefusal(401, 'unauthorized_client', NOT_AUTHORIZED_FOR_ANY_SCOPE);
  }
  throw oauthRefusal(403, 'access_denied', 'Requested client not authorized.');
}

function accessToken(deps: OauthTokenDeps, { signer, scopes }: Assertion, principal: string): GoogleReply {
  const token = deps.accessTokens.mintFor({ principal, scopes, clientId: signer.clientId }, LIFETIME_SECONDS);
  return jsonReply(200, { access_token: token, expires_in: LIFETIME_SECONDS, token_type: 'Bearer' });
}

async function idTokenOnly(
  { clock, keys, signer: sign }: OauthTokenDeps,
  { signer, scopes }: Assertion,
): Promise<GoogleReply> {
  const iat = clock.nowSeconds();
  const { email, uniqueId } = signer;
  const claims = {
    aud: scopes.join(' '),
    azp: email,
    email,
    email_verified: true,
    exp: iat + 3600,
    iat,
    iss: 'https://accounts.google.com',
    sub: uniqueId,
  };
  return jsonReply(200, { id_token: await sign(keys.signing, JSON.stringify(claims)) });
}
