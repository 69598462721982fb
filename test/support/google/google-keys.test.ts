import { createHmac, createPublicKey, verify } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { callApi } from './api-client.ts';
import { startFakeGoogle, type FakeGoogle } from './fake-google.ts';
import { decodeJwt } from './jwt.ts';

let google: FakeGoogle;
beforeEach(async () => void (google = await startFakeGoogle()));
afterEach(() => google.close());

const CLAIMS = { iss: 'https://accounts.google.com', sub: '1' };

/** Whether a key of the served set verifies the token, by node:crypto and the JWK alone. */
async function isVerifiedByServedKeys(token: string): Promise<boolean> {
  const { body } = (await callApi(google.jwksUrl)) as {
    body: { keys: { kid: string; n: string; e: string }[] };
  };
  const [head = '', payload = '', signature = ''] = token.split('.');
  const key = body.keys.find(({ kid }) => kid === decodeJwt(token)?.header['kid']);
  if (key === undefined) return false;
  const publicKey = createPublicKey({ key: { kty: 'RSA', n: key.n, e: key.e }, format: 'jwk' });
  return verify(
    'RSA-SHA256',
    Buffer.from(`${head}.${payload}`),
    publicKey,
    Buffer.from(signature, 'base64url'),
  );
}

describe('the key set', () => {
  it('serves two keys with the recorded members and cache headers', async () => {
    const { status, headers, body } = await callApi(google.jwksUrl);
    const key = {
      kty: 'RSA',
      alg: 'RS256',
      use: 'sig',
      kid: expect.stringMatching(/^[0-9a-f]{40}$/),
      n: expect.stringMatching(/^[\w-]{342}$/),
      e: 'AQAB',
    };
    expect(status).toBe(200);
    expect(body).toEqual({ keys: [key, key] });
    expect(headers.get('cache-control')).toBe('public, max-age=21155, must-revalidate, no-transform');
    expect(headers.get('age')).toBeNull();
  });

  it('says another max-age and Age when told so', async () => {
    google.keys.maxAgeSeconds = 60;
    google.keys.ageSeconds = 12;
    const { headers } = await callApi(google.jwksUrl);
    expect(headers.get('cache-control')).toContain('max-age=60,');
    expect(headers.get('age')).toBe('12');
  });

  it('verifies a token that Google signed', async () => {
    expect(await isVerifiedByServedKeys(google.keys.sign({ claims: CLAIMS }))).toBe(true);
  });
});

describe('rotation', () => {
  it('puts a new key beside the newest, retires the older one and signs with the new one', async () => {
    const [older, newer] = google.keys.served;
    const fresh = google.keys.rotate();
    expect(google.keys.served).toEqual([newer, fresh]);
    expect(google.keys.retired).toEqual([older]);
    expect(google.keys.signing).toBe(fresh);
    expect(await isVerifiedByServedKeys(google.keys.sign({ claims: CLAIMS }))).toBe(true);
  });

  it('keeps tokens of the last rotation good, and no older ones', async () => {
    const token = google.keys.sign({ claims: CLAIMS });
    google.keys.rotate();
    expect(await isVerifiedByServedKeys(token)).toBe(true);
    google.keys.rotate();
    expect(await isVerifiedByServedKeys(token)).toBe(false);
  });

  it('can happen between the arrival of a request for keys and its answer', async () => {
    const before = google.keys.served.map(({ kid }) => kid);
    const stop = google.faults.onRequest('jwks', () => google.keys.rotate());
    expect((await callApi(google.jwksUrl)).body).toEqual(google.keys.jwks());
    stop();
    await callApi(google.jwksUrl);
    expect(google.keys.served.map(({ kid }) => kid)).toEqual([before[1], google.keys.signing.kid]);
  });

  it('can sign with a retired key, whose id nobody finds any more', async () => {
    google.keys.rotate();
    const [key] = google.keys.retired;
    const token = google.keys.sign({ claims: CLAIMS, ...(key && { key }) });
    expect(decodeJwt(token)?.header['kid']).toBe(key?.kid);
    expect(await isVerifiedByServedKeys(token)).toBe(false);
  });
});

describe('hostile tokens', () => {
  it('lays header members over the usual ones and leaves undefined ones out', () => {
    const token = google.keys.signJwt({ kid: undefined, typ: 'at+jwt' }, CLAIMS);
    expect(decodeJwt(token)?.header).toEqual({ alg: 'RS256', typ: 'at+jwt' });
  });

  it('writes header and payload texts byte for byte', async () => {
    const headerText = `{"alg":"RS256","alg":"none","kid":"${google.keys.signing.kid}"}`;
    const token = google.keys.sign({ headerText, payloadText: '{"sub":"1", "sub":"2"}' });
    const [head = '', payload = ''] = token.split('.');
    expect(Buffer.from(head, 'base64url').toString()).toBe(headerText);
    expect(Buffer.from(payload, 'base64url').toString()).toBe('{"sub":"1", "sub":"2"}');
  });

  it('signs with a key that claims a published id', async () => {
    const key = google.keys.createUnpublishedKey();
    const token = google.keys.sign({ header: { kid: google.keys.signing.kid }, claims: CLAIMS, key });
    expect(await isVerifiedByServedKeys(token)).toBe(false);
  });

  it('leaves the signature out for alg none', () => {
    const token = google.keys.sign({ claims: CLAIMS, key: 'none' });
    expect(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).toBe('{"alg":"none","typ":"JWT"}');
    expect(token).toMatch(/\.$/);
  });

  it('signs HS256 with the public key as the secret', () => {
    const { pem, kid } = google.keys.signing;
    const token = google.keys.sign({ header: { kid }, claims: CLAIMS, key: { hmacSecret: pem } });
    const [head = '', payload = '', signature] = token.split('.');
    expect(decodeJwt(token)?.header).toEqual({ alg: 'HS256', typ: 'JWT', kid });
    expect(createHmac('sha256', pem).update(`${head}.${payload}`).digest('base64url')).toBe(signature);
  });
});
