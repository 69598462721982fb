// The assertion of the JWT-bearer grant (RFC 7523 §3), checked in the order that was recorded from the real endpoint.
import type { GoogleClock } from './google-clock.ts';
import type { JsonObject } from './json-object.ts';
import { decodeJwt, isSignedBy, type DecodedJwt } from './jwt.ts';
import { oauthRefusal } from './oauth-error.ts';
import type { Refused } from './reply.ts';
import type { ServiceAccount, ServiceAccounts } from './service-accounts.ts';

export interface Assertion {
  readonly signer: ServiceAccount;
  readonly scopes: readonly string[];
  /** `sub` as written: the Workspace user to act for. */
  readonly subject: string | undefined;
}

/** Seconds by which the two clocks may differ. Recorded: an `iat` 300 s ahead passes. */
const SKEW_SECONDS = 300;
const MAX_LIFETIME_SECONDS = 3600 + SKEW_SECONDS;

const AUDIENCES: ReadonlySet<unknown> = new Set([
  'https://oauth2.googleapis.com/token',
  // The endpoint's two former names.
  'https://www.googleapis.com/oauth2/v4/token',
  'https://accounts.google.com/o/oauth2/token',
]);

export function verifyAssertion(
  compact: string,
  { clock, accounts }: { clock: GoogleClock; accounts: ServiceAccounts },
): Assertion {
  const jwt = decodeJwt(compact);
  if (jwt === undefined) throw oauthRefusal(400, 'invalid_request', 'Bad Request');
  const { claims } = jwt;
  const owner = requireSignature(jwt, accounts);
  const signer = requireIssuer(claims, owner, accounts);
  requireTimes(claims, clock.nowSeconds());
  const scopes = requireScopes(claims);
  if (!AUDIENCES.has(claims['aud'])) throw invalidGrant('Invalid JWT: Failed audience check.');
  return { signer, scopes, subject: typeof claims['sub'] === 'string' ? claims['sub'] : undefined };
}

/** The account, deleted or not, whose key made the signature. */
function requireSignature(jwt: DecodedJwt, accounts: ServiceAccounts): ServiceAccount {
  const { kid } = jwt.header;
  const owner = typeof kid === 'string' ? accounts.ownerOfKey(kid) : accounts.find(String(jwt.claims['iss']));
  if (owner === undefined || !isSignedBy(jwt, owner.key().publicKey)) throw invalidSignature();
  return owner;
}

function requireIssuer(claims: JsonObject, owner: ServiceAccount, accounts: ServiceAccounts): ServiceAccount {
  const signer = accounts.find(String(claims['iss']));
  if (signer?.email !== claims['iss']) throw invalidGrant('Invalid grant: account not found');
  if (signer !== owner) throw invalidSignature();
  if (signer.disabledStatus !== undefined)
    throw oauthRefusal(401, 'disabled_client', 'The OAuth client was disabled.');
  return signer;
}

function requireTimes(claims: JsonObject, now: number): void {
  if (claims['iat'] === undefined) throw invalidGrant('Invalid JWT: iat (issued at) is not set.');
  if (claims['exp'] === undefined) throw invalidGrant('Invalid JWT: exp (expiration time) is not set.');
  const iat = parseSeconds(claims['iat']);
  const exp = parseSeconds(claims['exp']);
  // NaN fails every comparison.
  const reasonable =
    iat <= now + SKEW_SECONDS && exp > now - SKEW_SECONDS && exp > iat && exp - iat <= MAX_LIFETIME_SECONDS;
  if (!reasonable) {
    throw invalidGrant(
      'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. ' +
        'Check your iat and exp values in the JWT claim.',
    );
  }
}

function requireScopes(claims: JsonObject): string[] {
  const { scope } = claims;
  const scopes = typeof scope === 'string' ? scope.split(' ').filter((part) => part !== '') : [];
  if (scopes.length === 0) {
    throw oauthRefusal(400, 'invalid_scope', 'Invalid OAuth scope or ID token audience provided.');
  }
  return scopes;
}

/** Recorded: a string of digits is accepted as well as a number. */
function parseSeconds(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : NaN;
}

function invalidSignature(): Refused {
  return invalidGrant('Invalid JWT Signature.');
}

function invalidGrant(description: string): Refused {
  return oauthRefusal(400, 'invalid_grant', description);
}
