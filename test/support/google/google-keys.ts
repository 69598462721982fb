// Google's own signing keys, those of https://www.googleapis.com/oauth2/v3/certs: two are served at a time, the
// newest signs.
import type { JsonObject } from './json-object.ts';
import { signToken, type TokenToSign } from './jwt.ts';
import { jsonReply, type GoogleReply } from './reply.ts';
import type { PublicJwk, RsaKey } from './rsa-keys.ts';

/** The `max-age` recorded from the real endpoint. */
const RECORDED_MAX_AGE_SECONDS = 21_155;

export interface GoogleKeys {
  /** The key that signs every ID token of this Google; the newest served one unless a test sets another. */
  signing: RsaKey;
  /** The two that the JWKS shows, older first. */
  readonly served: readonly RsaKey[];
  /** Those that were served once, latest retired last. */
  readonly retired: readonly RsaKey[];
  /** `max-age` of the JWKS response. */
  maxAgeSeconds: number;
  /** The JWKS response's `Age`; 0 leaves the header out. */
  ageSeconds: number;
  /** Publishes a new key beside the newest, retires the older one, and signs with the new one. */
  readonly rotate: () => RsaKey;
  readonly jwks: () => { keys: readonly PublicJwk[] };
  /** A key that looks like Google's and is never published. */
  readonly createUnpublishedKey: () => RsaKey;
  /** Builds a token of any kind, signed by `signing` unless it says otherwise. */
  readonly sign: (token: TokenToSign) => string;
  /** `sign` for the plain case: members of `header` are laid over `{alg: 'RS256', kid, typ: 'JWT'}`. */
  readonly signJwt: (header: JsonObject, claims: JsonObject) => string;
}

export function createGoogleKeys(nextKey: () => RsaKey): GoogleKeys {
  let older = nextKey();
  let newer = nextKey();
  const retired: RsaKey[] = [];
  const keys: GoogleKeys = {
    signing: newer,
    retired,
    maxAgeSeconds: RECORDED_MAX_AGE_SECONDS,
    ageSeconds: 0,
    get served() {
      return [older, newer];
    },
    rotate() {
      retired.push(older);
      older = newer;
      newer = nextKey();
      keys.signing = newer;
      return newer;
    },
    jwks: () => ({ keys: keys.served.map((key) => key.jwk) }),
    createUnpublishedKey: nextKey,
    sign: (token) => signToken(token, keys.signing),
    signJwt: (header, claims) => signToken({ header, claims }, keys.signing),
  };
  return keys;
}

export function serveJwks(keys: GoogleKeys): GoogleReply {
  return jsonReply(200, keys.jwks(), {
    'cache-control': `public, max-age=${keys.maxAgeSeconds}, must-revalidate, no-transform`,
    ...(keys.ageSeconds > 0 ? { age: String(keys.ageSeconds) } : {}),
  });
}
