import { describe, expect, it } from 'vitest';
import { readUnverifiedClaims } from '../../../shared/identity/unverified-claims.ts';
import { IdentityToken } from '../../../shared/tokens.ts';
import { AUDIENCE, WORKER, workerClaims, workerToken } from '../../support/domain/callers.ts';
import { NOW } from '../../support/domain/clock.ts';

/** A token whose claims are this text, and nothing else right. */
function tokenOf(claimsText: string): IdentityToken {
  return new IdentityToken(`?.${Buffer.from(claimsText).toString('base64url')}.?`);
}

describe('unverified claims', () => {
  it('are those that tell which VM it was, as text', () => {
    expect(readUnverifiedClaims(workerToken())).toEqual({
      iss: 'https://accounts.google.com',
      aud: AUDIENCE,
      sub: WORKER.uniqueId,
      email: WORKER.serviceAccount,
      iat: String(NOW.getTime() / 1000),
      exp: String(NOW.getTime() / 1000 + 3600),
      project_id: 'acme-workers',
      project_number: '326694433618',
      instance_id: '2875949485074006138',
      instance_name: 'worker-1',
      zone: 'us-central1-a',
    });
  });

  it('are read from a token whose signature was removed', () => {
    const [header, claims] = workerToken().reveal().split('.');
    const token = new IdentityToken(`${header}.${claims}.SIGNATURE_REMOVED_BY_GOOGLE`);
    expect(readUnverifiedClaims(token)).toMatchObject({ email: WORKER.serviceAccount });
  });

  it('are no others than these', () => {
    const claims = workerClaims({
      secret: 'x',
      google: { compute_engine: { license_id: ['1'], secret: 'y' } },
    });
    const read = readUnverifiedClaims(tokenOf(JSON.stringify(claims))) ?? {};
    expect(Object.keys(read)).toEqual(['iss', 'aud', 'sub', 'email', 'iat', 'exp']);
  });

  it('are cut after 128 characters', () => {
    const read = readUnverifiedClaims(tokenOf(JSON.stringify({ aud: 'a'.repeat(129) })));
    expect(read).toEqual({ aud: 'a'.repeat(128) });
  });

  it('cannot forge a line of the log', () => {
    const read = readUnverifiedClaims(tokenOf(JSON.stringify({ aud: 'a\n{"event":"x"}\u001b[2J\u2028é' })));
    expect(read).toEqual({ aud: 'a?{"event":"x"}?[2J??' });
  });

  it.each([
    { value: ['a', 'b'], shown: '(array)' },
    { value: { a: 1 }, shown: '(object)' },
    { value: null, shown: '(object)' },
    { value: true, shown: 'true' },
    { value: 1.5, shown: '1.5' },
  ])('show $value as $shown', ({ value, shown }) => {
    expect(readUnverifiedClaims(tokenOf(JSON.stringify({ aud: value })))).toEqual({ aud: shown });
  });

  it.each([
    { what: 'google', claims: { google: 'x' } },
    { what: 'google.compute_engine', claims: { google: { compute_engine: [1] } } },
  ])('leave out a $what of another shape', ({ claims }) => {
    expect(readUnverifiedClaims(tokenOf(JSON.stringify({ iss: 'x', ...claims })))).toEqual({ iss: 'x' });
  });

  it.each([
    { what: 'an empty one', token: new IdentityToken('') },
    { what: 'one without dots', token: new IdentityToken('opaque') },
    { what: 'one whose claims are no JSON', token: tokenOf('{') },
    { what: 'one whose claims are a list', token: tokenOf('[1]') },
    {
      what: 'one that is too long to be looked at',
      token: tokenOf(JSON.stringify({ iss: 'x'.repeat(8192) })),
    },
  ])('are none for $what', ({ token }) => {
    expect(readUnverifiedClaims(token)).toBeUndefined();
  });
});
