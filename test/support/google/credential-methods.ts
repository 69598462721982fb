// What the methods of IAM Credentials make, once the call is allowed. Each one validates its own request first.
// https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts
import type { AccessTokens } from './access-tokens.ts';
import type { GoogleClock } from './google-clock.ts';
import { invalidArgument } from './google-error.ts';
import type { GoogleKeys } from './google-keys.ts';
import { parseJsonObject, type JsonObject } from './json-object.ts';
import { signBytes, type Rs256Signer } from './rs256-signer.ts';
import type { ScopeCatalogue } from './scopes.ts';
import type { ServiceAccount } from './service-accounts.ts';

export interface MintingDeps {
  clock: GoogleClock;
  accessTokens: AccessTokens;
  keys: GoogleKeys;
  scopes: ScopeCatalogue;
  signer: Rs256Signer;
}

/** Validates `body`, or throws the 400; gives what makes the answer for an allowed target. */
export type Mint = (
  deps: MintingDeps,
  body: JsonObject,
) => (target: ServiceAccount) => object | Promise<object>;

const LIFETIME_SECONDS = 3600;
const LONG_LIFETIME_SECONDS = 43_200;
const ASSERTION_LIFETIME_SECONDS = 12 * 3600;

export const mintAccessToken: Mint = ({ clock, accessTokens, scopes: catalogue }, body) => {
  const scopes = body['scope'];
  if (!isListOfStrings(scopes) || scopes.length === 0) throw invalidArgument();
  if (!scopes.every((scope) => catalogue.isKnown(scope))) throw invalidArgument();
  const lifetimeSeconds = parseLifetime(body['lifetime'] ?? `${LIFETIME_SECONDS}s`);
  return ({ email, clientId, longLifetimes }) => {
    const ceiling = longLifetimes ? LONG_LIFETIME_SECONDS : LIFETIME_SECONDS;
    if (lifetimeSeconds > ceiling)
      throw invalidArgument(`The access token lifetime cannot exceed ${ceiling} seconds.`);
    const expiresAtMs = (clock.nowSeconds() + lifetimeSeconds) * 1000;
    const accessToken = accessTokens.mint({
      principal: `serviceAccount:${email}`,
      scopes,
      clientId,
      expiresAtMs,
    });
    // Whole seconds and Z: clients parse exactly this.
    return { accessToken, expireTime: new Date(expiresAtMs).toISOString().replace('.000Z', 'Z') };
  };
};

export const mintIdToken: Mint = ({ clock, keys, signer }, body) => {
  const aud = body['audience'];
  if (typeof aud !== 'string' || aud === '') throw invalidArgument();
  const includeEmail = parseBoolean(body['includeEmail']);
  const useEmailAzp = parseBoolean(body['useEmailAzp']);
  const organizationNumberIncluded = parseBoolean(body['organizationNumberIncluded']);
  return async ({ email, uniqueId }) => {
    const iat = clock.nowSeconds();
    const claims = {
      aud,
      azp: useEmailAzp ? email : uniqueId,
      ...(includeEmail && { email, email_verified: true }),
      exp: iat + LIFETIME_SECONDS,
      // The accounts here belong to no organization.
      ...(organizationNumberIncluded && { google: { organization_number: null } }),
      iat,
      iss: 'https://accounts.google.com',
      sub: uniqueId,
    };
    return { token: await signer(keys.signing, JSON.stringify(claims)) };
  };
};

export const signJwt: Mint = ({ clock, signer }, body) => {
  const payload = body['payload'];
  const claims = typeof payload === 'string' ? parseJsonObject(payload) : undefined;
  if (typeof payload !== 'string' || claims === undefined) throw invalidArgument();
  const exp = claims['exp'];
  if (exp !== undefined) {
    if (typeof exp !== 'number' || !Number.isInteger(exp)) throw invalidArgument();
    const now = clock.nowSeconds();
    if (exp < now || exp > now + ASSERTION_LIFETIME_SECONDS) throw invalidArgument();
  }
  return async (target) => ({ keyId: target.key().kid, signedJwt: await signer(target.key(), payload) });
};

export const signBlob: Mint = (_deps, body) => {
  const payload = body['payload'];
  if (typeof payload !== 'string' || !/^[\w+/-]+={0,2}$/.test(payload)) throw invalidArgument();
  return async (target) => {
    const signature = await signBytes(target.key(), Buffer.from(payload, 'base64'));
    return { keyId: target.key().kid, signedBlob: signature.toString('base64') };
  };
};

/** A google.protobuf.Duration in JSON: `3600s`. Fractions are dropped. */
function parseLifetime(lifetime: unknown): number {
  const seconds = typeof lifetime === 'string' ? /^(\d{1,9})(?:\.\d{1,9})?s$/.exec(lifetime)?.[1] : undefined;
  if (seconds === undefined || Number(seconds) === 0) throw invalidArgument();
  return Number(seconds);
}

/** Protobuf's JSON reader takes `"true"` for true, and Python's client sends it. */
function parseBoolean(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 'false') return false;
  if (value === true || value === 'true') return true;
  throw invalidArgument();
}

function isListOfStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
