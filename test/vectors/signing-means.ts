/**
 * What a token of a vector is signed with: Google's keys, or whatever an attacker has at hand.
 */

import { constants, createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { FakeGoogle, RsaKey } from '../support/google/fake-google.ts';

export const SIGNING_MEANS = [
  'google',
  'google-older',
  'google-rs384',
  'google-rs512',
  'google-ps256',
  'unpublished',
  'unpublished-ec',
  'service-account',
  'hs256-with-public-pem',
  'hs256-with-jwk-n',
  'hs256-with-jwk',
  'none',
] as const;

export interface Signer {
  /** Of the token's header, unless the row says otherwise. */
  readonly alg: string;
  readonly kid: string;
  readonly sign: (input: Buffer) => Buffer;
}

/** @param account whose own key signs for `service-account` */
export function createSigner(
  means: (typeof SIGNING_MEANS)[number],
  google: FakeGoogle,
  account: string,
): Signer {
  const newest = google.keys.signing;
  const [older = newest] = google.keys.served;
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  switch (means) {
    case 'google':
      return rsa('RS256', newest);
    case 'google-older':
      return rsa('RS256', older);
    case 'google-rs384':
      return rsa('RS384', newest);
    case 'google-rs512':
      return rsa('RS512', newest);
    case 'google-ps256':
      return {
        alg: 'PS256',
        kid: newest.kid,
        sign: (input) => sign('sha256', input, { key: newest.privateKey, padding, saltLength: 32 }),
      };
    case 'unpublished':
      return rsa('RS256', unpublishedKey(google));
    case 'unpublished-ec':
      return {
        alg: 'ES256',
        kid: newest.kid,
        sign: (input) => sign('sha256', input, { key: ellipticKey(), dsaEncoding: 'ieee-p1363' }),
      };
    case 'service-account':
      return rsa('RS256', google.iam.signingKey(account));
    case 'hs256-with-public-pem':
      return hmac(newest.kid, newest.pem);
    case 'hs256-with-jwk-n':
      return hmac(newest.kid, newest.jwk.n);
    case 'hs256-with-jwk':
      return hmac(newest.kid, JSON.stringify(newest.jwk));
    case 'none':
      return { alg: 'none', kid: newest.kid, sign: () => Buffer.alloc(0) };
  }
}

const unpublished = new WeakMap<FakeGoogle, RsaKey>();

/** A key looks the same to every row: each new one costs a tenth of a second. */
export function unpublishedKey(google: FakeGoogle): RsaKey {
  const key = unpublished.get(google) ?? google.keys.createUnpublishedKey();
  unpublished.set(google, key);
  return key;
}

function ellipticKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

function rsa(alg: 'RS256' | 'RS384' | 'RS512', { kid, privateKey }: RsaKey): Signer {
  return { alg, kid, sign: (input) => sign(`RSA-SHA${alg.slice(2)}`, input, privateKey) };
}

function hmac(kid: string, secret: string): Signer {
  return { alg: 'HS256', kid, sign: (input) => createHmac('sha256', secret).update(input).digest() };
}
