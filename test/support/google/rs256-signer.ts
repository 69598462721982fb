// Signs what the HTTP routes hand out. An RSA signature costs about a millisecond of one core, which under load
// would measure this fake instead of its client: signing therefore runs on the thread pool, and a signature is
// remembered. RS256 (RSASSA-PKCS1-v1_5) is deterministic, so a remembered signature is the very one that would
// be computed again.
import { sign } from 'node:crypto';

import { toSigningInput } from './jwt.ts';
import type { RsaKey } from './rsa-keys.ts';

const REMEMBERED_TOKENS = 4096;

/** Gives the compact token with header `{"alg":"RS256","kid":…,"typ":"JWT"}` around the payload, byte for byte. */
export type Rs256Signer = (key: RsaKey, payloadText: string) => Promise<string>;

export function createRs256Signer(): Rs256Signer {
  const remembered = new Map<string, Promise<string>>();
  return (key, payloadText) => {
    const input = toSigningInput(JSON.stringify({ alg: 'RS256', kid: key.kid, typ: 'JWT' }), payloadText);
    const known = remembered.get(input);
    if (known !== undefined) return known;
    const token = signBytes(key, Buffer.from(input)).then(
      (signature) => `${input}.${signature.toString('base64url')}`,
    );
    const oldest = remembered.keys().next();
    if (remembered.size >= REMEMBERED_TOKENS && oldest.done !== true) remembered.delete(oldest.value);
    remembered.set(input, token);
    return token;
  };
}

export function signBytes(key: RsaKey, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign('RSA-SHA256', bytes, key.privateKey, (error, signature) => {
      if (error === null) resolve(signature);
      else reject(error);
    });
  });
}
