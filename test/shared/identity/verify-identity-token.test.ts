import { beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../../shared/fault.ts';
import type { GoogleKeys } from '../../../shared/identity/google-keys.ts';
import {
  createIdentityTokenVerifier,
  type VerifyIdentityToken,
} from '../../../shared/identity/verify-identity-token.ts';
import { Refusal } from '../../../shared/refusal.ts';
import { IdentityToken } from '../../../shared/tokens.ts';
import {
  AUDIENCE,
  googleKey,
  oneGoogleKey,
  WORKER,
  workerClaims,
  workerToken,
} from '../../support/domain/callers.ts';
import { createClock, HOUR, NOW, SECOND, type Clock } from '../../support/domain/clock.ts';
import { callContext } from '../../support/domain/contexts.ts';

let clock: Clock;
let keyLookups: string[];
let verify: VerifyIdentityToken;

/** Google's one key, counting who asks for it. */
const countedKeys: GoogleKeys = {
  ...oneGoogleKey,
  find: (kid, context) => {
    keyLookups.push(kid);
    return oneGoogleKey.find(kid, context);
  },
};

beforeEach(() => {
  clock = createClock();
  keyLookups = [];
  verify = createIdentityTokenVerifier({ keys: countedKeys, audiences: [AUDIENCE], nowMs: clock.nowMs });
});

describe('verification', () => {
  it('makes a principal of a token that Google signed for this function', async () => {
    const principal = await verify(workerToken(), callContext());
    expect(principal.serviceAccount).toBe(WORKER.serviceAccount);
    expect(keyLookups).toEqual([googleKey().kid]);
  });

  it('takes a token for any of its audiences', async () => {
    const audiences = ['https://old.example', AUDIENCE];
    const either = createIdentityTokenVerifier({ keys: oneGoogleKey, audiences, nowMs: clock.nowMs });
    const token = workerToken({ claims: workerClaims({ aud: 'https://old.example' }) });
    expect((await either(token, callContext())).uniqueId).toBe(WORKER.uniqueId);
  });

  it('passes on why the key could not be found', async () => {
    const fault = new Fault('keys_unavailable');
    const keys: GoogleKeys = { find: () => Promise.reject(fault), warm: () => undefined };
    const blind = createIdentityTokenVerifier({ keys, audiences: [AUDIENCE], nowMs: clock.nowMs });
    await expect(blind(workerToken(), callContext())).rejects.toBe(fault);
  });
});

describe('a remembered token', () => {
  it('is not verified again', async () => {
    const first = await verify(workerToken(), callContext());
    expect(await verify(workerToken(), callContext())).toBe(first);
    expect(keyLookups).toHaveLength(1);
  });

  it('is remembered by all of its text', async () => {
    await verify(workerToken(), callContext());
    const [header, claims, signature = ''] = workerToken().reveal().split('.');
    const swapped = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`;
    const forged = new IdentityToken(`${header}.${claims}.${swapped}`);
    await expect(verify(forged, callContext())).rejects.toThrow(
      new Refusal('token_signature_invalid', 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'),
    );
  });

  it('is good until the second before its expiry', async () => {
    await verify(workerToken(), callContext());
    clock.advance(HOUR - 1);
    expect((await verify(workerToken(), callContext())).uniqueId).toBe(WORKER.uniqueId);
    expect(keyLookups).toHaveLength(1);
  });

  it('expires like any other', async () => {
    await verify(workerToken(), callContext());
    clock.advance(HOUR);
    await expect(verify(workerToken(), callContext())).rejects.toThrow(
      new Refusal('token_expired', 'by 0 s'),
    );
  });

  it('was not refused: a refused one is verified each time', async () => {
    const early = workerToken({ claims: workerClaims({ iat: NOW.getTime() / 1000 + 90 }) });
    await expect(verify(early, callContext())).rejects.toThrow(
      new Refusal('token_not_yet_valid', 'by 90 s; check this clock'),
    );
    clock.advance(30 * SECOND);
    expect((await verify(early, callContext())).uniqueId).toBe(WORKER.uniqueId);
    expect(keyLookups).toHaveLength(2);
  });

  it('belongs to one verifier: another function knows nothing of it', async () => {
    await verify(workerToken(), callContext());
    const delegate = createIdentityTokenVerifier({
      keys: oneGoogleKey,
      audiences: ['https://delegate.vending.example/v1/token'],
      nowMs: clock.nowMs,
    });
    await expect(delegate(workerToken(), callContext())).rejects.toThrow(
      new Refusal('token_audience_mismatch'),
    );
  });
});

describe('a token is refused before any key is looked for', () => {
  it.each([
    { what: 'alg none', header: { alg: 'none' }, claim: 'alg' },
    { what: 'HS256', header: { alg: 'HS256' }, claim: 'alg' },
    { what: 'RS512', header: { alg: 'RS512' }, claim: 'alg' },
    { what: 'PS256', header: { alg: 'PS256' }, claim: 'alg' },
    { what: 'alg in lower case', header: { alg: 'rs256' }, claim: 'alg' },
    { what: 'no alg', header: { alg: undefined }, claim: 'alg' },
    { what: 'no typ', header: { typ: undefined }, claim: 'typ' },
    { what: 'the typ of an access token', header: { typ: 'at+jwt' }, claim: 'typ' },
    { what: 'no kid', header: { kid: undefined }, claim: 'kid' },
    { what: 'an empty kid', header: { kid: '' }, claim: 'kid' },
    { what: 'a kid that is a number', header: { kid: 1 }, claim: 'kid' },
    { what: 'a kid of 129 characters', header: { kid: 'k'.repeat(129) }, claim: 'kid' },
    { what: 'a key of its own', header: { jwk: googleKey().jwk }, claim: 'jwk' },
    { what: 'the address of a key set', header: { jku: 'https://evil.example/certs' }, claim: 'jku' },
    { what: 'a certificate', header: { x5c: ['MIIB'] }, claim: 'x5c' },
    { what: 'the address of a certificate', header: { x5u: 'https://evil.example' }, claim: 'x5u' },
    { what: 'critical extensions', header: { crit: ['b64'] }, claim: 'crit' },
    { what: 'an unencoded payload', header: { b64: false }, claim: 'b64' },
    { what: 'compression', header: { zip: 'DEF' }, claim: 'zip' },
    { what: 'a nested token', header: { cty: 'JWT' }, claim: 'cty' },
    { what: 'a forbidden parameter of null', header: { jwk: null }, claim: 'jwk' },
  ])('for $what', async ({ header, claim }) => {
    const token = workerToken({ header });
    await expect(verify(token, callContext())).rejects.toThrow(new Refusal('token_header_refused', claim));
    expect(keyLookups).toEqual([]);
  });

  it('for its size', async () => {
    const token = new IdentityToken('a'.repeat(8 * 1024 + 1));
    await expect(verify(token, callContext())).rejects.toThrow(new Refusal('token_too_large'));
    expect(keyLookups).toEqual([]);
  });

  it('for its shape', async () => {
    const refused = new Refusal('token_malformed', 'not three segments');
    await expect(verify(new IdentityToken('a'.repeat(8 * 1024)), callContext())).rejects.toThrow(refused);
    expect(keyLookups).toEqual([]);
  });
});

describe('a token is refused', () => {
  it('for a key id that Google does not have', async () => {
    const token = workerToken({ header: { kid: 'invented' } });
    await expect(verify(token, callContext())).rejects.toThrow(new Refusal('token_key_unknown'));
  });

  it('for a signature by another key', async () => {
    const [header, , signature] = workerToken().reveal().split('.');
    const [, claims] = workerToken({ claims: workerClaims({ sub: '1'.repeat(21) }) })
      .reveal()
      .split('.');
    const spliced = new IdentityToken(`${header}.${claims}.${signature}`);
    await expect(verify(spliced, callContext())).rejects.toThrow(
      new Refusal('token_signature_invalid', 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'),
    );
  });

  it('for the words that stand where the platform removed its signature', async () => {
    const [header, claims] = workerToken().reveal().split('.');
    const token = new IdentityToken(`${header}.${claims}.SIGNATURE_REMOVED_BY_GOOGLE`);
    await expect(verify(token, callContext())).rejects.toThrow(Refusal);
  });

  it('for its signature before its claims', async () => {
    const claims = Buffer.from(JSON.stringify(workerClaims({ iss: 'evil' }))).toString('base64url');
    const [header, , signature] = workerToken().reveal().split('.');
    const token = new IdentityToken(`${header}.${claims}.${signature}`);
    await expect(verify(token, callContext())).rejects.toThrow(
      new Refusal('token_signature_invalid', 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'),
    );
  });

  it('for its claims, well signed as they are', async () => {
    const token = workerToken({ claims: workerClaims({ google: undefined }) });
    await expect(verify(token, callContext())).rejects.toThrow(new Refusal('token_not_from_compute_engine'));
  });
});
