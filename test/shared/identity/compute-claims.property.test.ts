import * as fc from '../../support/properties.ts';
import { describe, expect, it } from 'vitest';
import { parseComputeClaims } from '../../../shared/identity/compute-claims.ts';
import { attempt, reasonOf } from '../../vectors/attempt.ts';

const NOW = 1_790_000_000;
const AUDIENCE = 'https://impersonate.vending.example/v1/token';
const EXPECTED = { audiences: ['https://old.vending.example/v1/token', AUDIENCE], nowSeconds: NOW };

const COMPUTE = {
  instance_creation_timestamp: 1734377115,
  instance_id: '2875949485074006138',
  instance_name: 'worker-1',
  project_id: 'acme-workers',
  project_number: 326694433618,
  zone: 'us-central1-a',
};
const CLAIMS = {
  aud: AUDIENCE,
  azp: '109422233875895820585',
  email: 'worker@acme-workers.iam.gserviceaccount.com',
  email_verified: true,
  exp: NOW + 3600,
  iat: NOW,
  iss: 'https://accounts.google.com',
  sub: '109422233875895820585',
};

const claimsOf = (claims: object, compute: object) => ({
  ...CLAIMS,
  google: { compute_engine: { ...COMPUTE, ...compute } },
  ...claims,
});
const parse = (claims: Readonly<Record<string, unknown>>) =>
  attempt(() => parseComputeClaims(claims, EXPECTED));

/** Values of every type, and those that are nearly right. */
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    NOW,
    NOW + 3600,
    NOW + 0.5,
    0,
    -1,
    1e308,
    Number.MAX_SAFE_INTEGER,
    8.64e12,
    true,
    'true',
  ),
  fc.constantFrom<unknown>(
    '',
    '0',
    '1',
    '01',
    '+1',
    '1e3',
    'a',
    'us-central1-a',
    'a-b',
    [AUDIENCE],
    {},
    null,
  ),
);

describe('parseComputeClaims', () => {
  it('throws nothing but refusals of arbitrary claims', () => {
    const partly = fc
      .record({
        claims: fc.dictionary(fc.constantFrom(...Object.keys(CLAIMS), 'nbf', 'google'), anything, {
          maxKeys: 3,
        }),
        compute: fc.dictionary(
          fc.constantFrom(...Object.keys(COMPUTE), 'instance_confidentiality', 'license_id'),
          anything,
          { maxKeys: 3 },
        ),
      })
      .map(({ claims, compute }) => claimsOf(claims, compute));
    const arbitrary = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: partly }, arbitrary), (claims) => {
        expect(reasonOf(parse(claims))).toMatch(/^(?:granted|token_[a-z_]+)$/);
      }),
      { numRuns: 1500 },
    );
  });

  it('believes no claim of another type or value than Google sends', () => {
    const claim = fc.constantFrom(...(Object.keys(CLAIMS) as (keyof typeof CLAIMS)[]));
    const isFine = (name: keyof typeof CLAIMS, value: unknown) =>
      name === 'exp' || name === 'iat' ? typeof value === 'number' : value === CLAIMS[name];
    fc.assert(
      fc.property(claim, anything, (name, value) => {
        fc.pre(!isFine(name, value));
        expect(reasonOf(parse(claimsOf({ [name]: value }, {})))).not.toBe('granted');
      }),
      { numRuns: 500 },
    );
  });

  it('believes each text of a VM only as Google writes it', () => {
    const grammar: Readonly<Record<string, (text: string) => boolean>> = {
      instance_id: (text) => text.length <= 20 && isDecimal(text),
      instance_name: (text) => text.length <= 63 && isLabel(text),
      zone: (text) => text.split('-').length > 1 && text.split('-').every((part) => /^[a-z0-9]+$/.test(part)),
    };
    const letters = fc.constantFrom('a', 'b', '1', '0', '-', 'A', '_', '.', ' ', '\n', 'ı', '１', '/');
    const text = fc.oneof(
      fc.string({ unit: letters, maxLength: 6 }),
      fc.constantFrom(
        '1'.repeat(20),
        '1'.repeat(21),
        `a${'b'.repeat(62)}`,
        `a${'b'.repeat(63)}`,
        'us-central1-a',
      ),
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(grammar)), text, (name, value) => {
        const expected = grammar[name]?.(value) === true ? 'granted' : 'token_compute_claims_malformed';
        expect(reasonOf(parse(claimsOf({}, { [name]: value })))).toBe(expected);
      }),
      { numRuns: 600 },
    );
  });

  it('believes exactly the times of RFC 7519, with 60 s for a clock that is behind', () => {
    const near = fc.oneof(
      fc.integer({ min: -3700, max: 3700 }),
      fc.constantFrom(-3600, -1, 0, 1, 59, 60, 61, 3600, 3601),
    );
    fc.assert(
      fc.property(near, near, fc.option(near, { nil: undefined }), (issued, lives, notBefore) => {
        const iat = NOW + issued;
        const exp = iat + lives;
        const nbf = notBefore === undefined ? {} : { nbf: NOW + notBefore };
        const isValid =
          exp > NOW &&
          iat <= NOW + 60 &&
          lives > 0 &&
          lives <= 3600 &&
          (notBefore === undefined || notBefore <= 60);
        expect(reasonOf(parse(claimsOf({ iat, exp, ...nbf }, {}))) === 'granted').toBe(isValid);
      }),
      { numRuns: 1000 },
    );
  });

  it('says of the VM what the claims say', () => {
    const compute = fc.record({
      instance_creation_timestamp: fc.integer({ min: 1, max: 4_000_000_000 }),
      instance_id: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map(String),
      instance_name: fc.stringMatching(/^[a-z](?:[a-z0-9-]{0,10}[a-z0-9])?$/),
      project_id: fc.constantFrom('acme-workers', 'example.com:acme'),
      project_number: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      zone: fc.constantFrom('us-central1-a', 'europe-west1-b'),
      instance_confidentiality: fc.constantFrom(0, 1, 2),
    });
    fc.assert(
      fc.property(compute, (claims) => {
        expect(parse(claimsOf({}, claims))).toEqual({
          value: {
            email: CLAIMS.email,
            uniqueId: CLAIMS.sub,
            expiresAtSeconds: CLAIMS.exp,
            instance: {
              id: claims.instance_id,
              name: claims.instance_name,
              zone: claims.zone,
              projectId: claims.project_id,
              projectNumber: claims.project_number,
              createdAt: new Date(claims.instance_creation_timestamp * 1000),
              confidential: claims.instance_confidentiality === 1,
            },
          },
        });
      }),
      { numRuns: 200 },
    );
  });
});

function isDecimal(text: string): boolean {
  return (
    text !== '' && !text.startsWith('0') && Array.from(text).every((digit) => digit >= '0' && digit <= '9')
  );
}

function isLabel(text: string): boolean {
  const letters = Array.from(text);
  const isLetter = (one: string | undefined) => one !== undefined && one >= 'a' && one <= 'z';
  const isDigit = (one: string | undefined) => one !== undefined && one >= '0' && one <= '9';
  return (
    isLetter(letters[0]) &&
    letters.at(-1) !== '-' &&
    letters.every((one) => isLetter(one) || isDigit(one) || one === '-')
  );
}
