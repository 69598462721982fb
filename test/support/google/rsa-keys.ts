// RSA-2048 keys. Making one costs some 100 ms, so a process makes each only once: every fake Google draws the
// same sequence, and no key plays two parts inside one of them. Two fakes of one process therefore trust each
// other's tokens; a key that nobody publishes comes from `keys.createUnpublishedKey()`.
import {
  createHash,
  createPublicKey,
  generateKeyPair,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';

export interface RsaKey {
  /** 40 lower-case hex digits, as Google's key ids. */
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** As Google publishes it at /oauth2/v3/certs. */
  readonly jwk: PublicJwk;
  /** SPKI PEM of the public half. */
  readonly pem: string;
}

export interface PublicJwk {
  readonly kty: 'RSA';
  readonly alg: 'RS256';
  readonly use: 'sig';
  readonly kid: string;
  readonly n: string;
  readonly e: string;
}

const MODULUS = { modulusLength: 2048 };
const generated: RsaKey[] = [];

/** Makes the first `count` keys of the process ahead of time, in parallel and off the main thread. */
export async function warmUpRsaKeys(count: number): Promise<void> {
  const generate = promisify(generateKeyPair);
  const missing = Array.from({ length: count - generated.length }, () => generate('rsa', MODULUS));
  for (const { privateKey } of await Promise.all(missing)) generated.push(describe(privateKey));
}

/** A source that gives a key it has not given before at each call. */
export function createRsaKeySource(): () => RsaKey {
  let taken = 0;
  return () => {
    const key = generated[taken] ?? describe(generateKeyPairSync('rsa', MODULUS).privateKey);
    generated[taken] = key;
    taken += 1;
    return key;
  };
}

function describe(privateKey: KeyObject): RsaKey {
  const publicKey = createPublicKey(privateKey);
  const kid = createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  const jwk: PublicJwk = { kty: 'RSA', alg: 'RS256', use: 'sig', kid, n, e };
  return {
    kid,
    privateKey,
    publicKey,
    jwk,
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}
