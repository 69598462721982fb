import * as fc from '../../support/properties.ts';
import { describe, expect, it } from 'vitest';
import { readUnverifiedClaims } from '../../../shared/identity/unverified-claims.ts';
import { IdentityToken } from '../../../shared/tokens.ts';

const CLAIMS = ['iss', 'aud', 'sub', 'email', 'iat', 'exp'];
const COMPUTE_CLAIMS = ['project_id', 'project_number', 'instance_id', 'instance_name', 'zone'];

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom('\n{"severity":"EMERGENCY"}\n', '\x1b[2J'),
);
const value = fc.oneof(text, fc.jsonValue({ maxDepth: 1 }), fc.double());
const compute = fc.dictionary(fc.constantFrom(...COMPUTE_CLAIMS, 'other', '__proto__'), value);
const claims = fc
  .dictionary(fc.constantFrom(...CLAIMS, 'other', '__proto__', 'google'), value)
  .chain((own) =>
    fc
      .constantFrom(0, 1)
      .chain((some) =>
        some === 0
          ? fc.constant(own)
          : compute.map((inner) => ({ ...own, google: { compute_engine: inner } })),
      ),
  );
const tokenOf = (payload: unknown) =>
  `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.AAAA`;
const token = fc.oneof(claims.map(tokenOf), fc.jsonValue().map(tokenOf), fc.string({ unit: 'binary' }), text);

describe('unverified claims in the log', () => {
  it('are a few short lines of printable ASCII, whatever the token says', () => {
    fc.assert(
      fc.property(token, (presented) => {
        const logged = readUnverifiedClaims(new IdentityToken(presented)) ?? {};
        const unknown = Object.keys(logged).filter((name) => ![...CLAIMS, ...COMPUTE_CLAIMS].includes(name));
        const unprintable = Object.values(logged).filter((shown) => !/^[\x20-\x7E]{0,128}$/.test(shown));
        expect({ unknown, unprintable }).toEqual({ unknown: [], unprintable: [] });
      }),
      { numRuns: 600 },
    );
  });
});
