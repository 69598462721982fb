import { describe, expect, it } from 'vitest';
import { parseComputeClaims, type ComputeClaims } from '../../../shared/identity/compute-claims.ts';
import { Refusal } from '../../../shared/refusal.ts';
import { AUDIENCE, WORKER, workerClaims } from '../../support/domain/callers.ts';
import { NOW } from '../../support/domain/clock.ts';

const NOW_SECONDS = NOW.getTime() / 1000;

type Claims = Readonly<Record<string, unknown>>;

function parse(claims: Claims, audiences: readonly string[] = [AUDIENCE]): ComputeClaims {
  return parseComputeClaims(claims, { audiences, nowSeconds: NOW_SECONDS });
}

/** The worker's claims with others laid over `google.compute_engine`; one that is undefined is left out. */
function withCompute(changes: Claims): Claims {
  const google = workerClaims()['google'] as { compute_engine: Claims };
  const compute = Object.entries({ ...google.compute_engine, ...changes });
  const present = compute.filter(([, value]) => value !== undefined);
  return workerClaims({ google: { compute_engine: Object.fromEntries(present) } });
}

describe('the claims of a VM', () => {
  it('become typed ones', () => {
    expect(parse(workerClaims())).toEqual({
      email: WORKER.serviceAccount,
      uniqueId: WORKER.uniqueId,
      expiresAtSeconds: NOW_SECONDS + 3600,
      instance: {
        id: '2875949485074006138',
        name: 'worker-1',
        zone: 'us-central1-a',
        projectId: 'acme-workers',
        projectNumber: 326694433618,
        createdAt: new Date('2026-02-28T09:00:00Z'),
        confidential: false,
      },
    });
  });

  it('may name any of the configured audiences', () => {
    const claims = workerClaims({ aud: 'https://new.example' });
    expect(parse(claims, [AUDIENCE, 'https://new.example']).email).toBe(WORKER.serviceAccount);
  });

  it.each([
    { claim: 'a Confidential VM', changes: { instance_confidentiality: 1 }, confidential: true },
    { claim: 'another VM', changes: {}, confidential: false },
    { claim: 'a number that is not 1', changes: { instance_confidentiality: 2 }, confidential: false },
  ])('tell that $claim is confidential: $confidential', ({ changes, confidential }) => {
    expect(parse(withCompute(changes)).instance.confidential).toBe(confidential);
  });

  it.each([
    { what: 'licences', changes: { license_id: ['1001010', '166739712233658766'] } },
    { what: 'claims that Google may add', changes: { future_claim: { anything: true } } },
    { what: 'the greatest instance id', changes: { instance_id: '18446744073709551615' } },
    { what: 'the project of a domain', changes: { project_id: 'example.com:acme-workers' } },
    { what: 'a short name', changes: { instance_name: 'w' } },
    { what: 'a name of 63 characters', changes: { instance_name: 'w'.repeat(63) } },
  ])('may have $what', ({ changes }) => {
    expect(parse(withCompute(changes)).uniqueId).toBe(WORKER.uniqueId);
  });

  it.each([
    { what: 'issued 60 s ahead of this clock', times: { iat: NOW_SECONDS + 60, exp: NOW_SECONDS + 3660 } },
    { what: 'valid from 60 s ahead of this clock', times: { nbf: NOW_SECONDS + 60 } },
    { what: 'valid for one more second', times: { iat: NOW_SECONDS - 3599, exp: NOW_SECONDS + 1 } },
  ])('may be $what', ({ times }) => {
    expect(parse(workerClaims(times)).uniqueId).toBe(WORKER.uniqueId);
  });
});

const ISSUERS = [
  'accounts.google.com',
  'http://accounts.google.com',
  'https://accounts.google.com/',
  'https://Accounts.google.com',
  'https://accounts.google.com.evil.com',
  'https://confidentialcomputing.googleapis.com',
  'https://securetoken.google.com/acme',
  ['https://accounts.google.com'],
  undefined,
];

const AUDIENCES = [
  undefined,
  '',
  'https://delegate.vending.example/v1/token',
  `${AUDIENCE}/`,
  `${AUDIENCE}.evil.com`,
  AUDIENCE.slice(0, -1),
  AUDIENCE.toUpperCase(),
  ` ${AUDIENCE}`,
  [AUDIENCE],
  [AUDIENCE, 'https://other.example'],
  { 0: AUDIENCE },
];

describe('a token is refused', () => {
  it.each(ISSUERS)('for the issuer %o', (iss) => {
    expect(() => parse(workerClaims({ iss }))).toThrow(new Refusal('token_issuer_mismatch'));
  });

  it.each(AUDIENCES)('for the audience %o', (aud) => {
    expect(() => parse(workerClaims({ aud }))).toThrow(new Refusal('token_audience_mismatch'));
  });

  const TIMES = 'iat and exp have to be whole seconds, and nbf where it is there';
  it.each([
    { what: 'no exp', times: { exp: undefined } },
    { what: 'no iat', times: { iat: undefined } },
    { what: 'an exp in a string', times: { exp: String(NOW_SECONDS + 60) } },
    { what: 'an iat in a string', times: { iat: String(NOW_SECONDS) } },
    { what: 'a fraction of a second', times: { exp: NOW_SECONDS + 0.5 } },
    { what: 'a negative time', times: { iat: -1 } },
    { what: 'an exp of no date', times: { exp: 8.64e12 + 1 } },
    { what: 'an exp of null', times: { exp: null } },
    { what: 'an nbf of null', times: { nbf: null } },
    { what: 'an nbf in a string', times: { nbf: '0' } },
  ])('with $what', ({ times }) => {
    expect(() => parse(workerClaims(times))).toThrow(new Refusal('token_times_malformed', TIMES));
  });

  it.each([
    { expiredFor: 0, detail: 'by 0 s' },
    { expiredFor: 1, detail: 'by 1 s' },
    { expiredFor: 3600, detail: 'by 3600 s' },
  ])('once it expired, $detail, without any skew', ({ expiredFor, detail }) => {
    const exp = NOW_SECONDS - expiredFor;
    expect(() => parse(workerClaims({ iat: exp - 3600, exp }))).toThrow(new Refusal('token_expired', detail));
  });

  it.each([
    { times: { iat: NOW_SECONDS + 61, exp: NOW_SECONDS + 3600 }, detail: 'by 61 s; check this clock' },
    { times: { nbf: NOW_SECONDS + 90 }, detail: 'by 90 s; check this clock' },
  ])('before it is valid, $detail', ({ times, detail }) => {
    expect(() => parse(workerClaims(times))).toThrow(new Refusal('token_not_yet_valid', detail));
  });

  it.each([
    { what: 'lives for an hour and a second', times: { exp: NOW_SECONDS + 3601 } },
    { what: 'expires when it is issued', times: { iat: NOW_SECONDS + 30, exp: NOW_SECONDS + 30 } },
    { what: 'expires before it is issued', times: { iat: NOW_SECONDS + 30, exp: NOW_SECONDS + 29 } },
  ])('that $what', ({ times }) => {
    expect(() => parse(workerClaims(times))).toThrow(new Refusal('token_lifetime_too_long'));
  });

  it.each([
    { what: 'no e-mail, as with format=standard', account: { email: undefined, email_verified: undefined } },
    { what: 'an e-mail that is not verified', account: { email_verified: false } },
    { what: 'a verification in a string', account: { email_verified: 'true' } },
    { what: 'a verification by number', account: { email_verified: 1 } },
    { what: 'the e-mail of a user', account: { email: 'alice@example.com' } },
    { what: 'an e-mail in capitals', account: { email: WORKER.serviceAccount.toUpperCase() } },
    {
      what: 'the Kelvin sign in its e-mail',
      account: { email: WORKER.serviceAccount.replace('k', '\u212a') },
    },
    { what: 'a look-alike domain', account: { email: 'worker@acme.iam.gserviceaccount.com.evil.com' } },
    { what: 'a list of e-mails', account: { email: [WORKER.serviceAccount] } },
  ])('with $what', ({ account }) => {
    expect(() => parse(workerClaims(account))).toThrow(new Refusal('token_email_refused'));
  });

  it.each([
    { what: 'no sub', account: { sub: undefined } },
    { what: 'no azp', account: { azp: undefined } },
    { what: 'neither', account: { sub: undefined, azp: undefined } },
    { what: 'an azp that differs', account: { azp: '109422233875895820586' } },
    { what: 'the e-mail for azp', account: { azp: WORKER.serviceAccount } },
    { what: 'the e-mail for both', account: { sub: WORKER.serviceAccount, azp: WORKER.serviceAccount } },
    { what: 'a number', account: { sub: 109422233875, azp: 109422233875 } },
    { what: 'nine digits', account: { sub: '123456789', azp: '123456789' } },
    { what: 'twenty-six digits', account: { sub: '1'.repeat(26), azp: '1'.repeat(26) } },
    { what: 'a leading zero', account: { sub: '0123456789012', azp: '0123456789012' } },
    { what: 'digits of another script', account: { sub: '١٠٩٤٢٢٢٣٣٨٧٥', azp: '١٠٩٤٢٢٢٣٣٨٧٥' } },
    { what: 'a trailing line feed', account: { sub: '109422233875\n', azp: '109422233875\n' } },
  ])('with $what for its subject', ({ account }) => {
    expect(() => parse(workerClaims(account))).toThrow(new Refusal('token_subject_refused'));
  });

  it.each([
    { what: 'nothing of Google', google: undefined },
    { what: 'null', google: null },
    { what: 'an organization alone, as generateIdToken gives', google: { organization_number: 123 } },
    { what: 'an empty object', google: {} },
    { what: 'compute_engine as null', google: { compute_engine: null } },
    { what: 'compute_engine as a list', google: { compute_engine: [{ instance_id: '1' }] } },
    { what: 'compute_engine as a string', google: { compute_engine: 'yes' } },
    { what: 'compute_engine in a list', google: [{ compute_engine: {} }] },
    {
      what: 'compute_engine by inheritance',
      google: JSON.parse('{"__proto__":{"compute_engine":{}}}') as {},
    },
  ])('that says $what of a VM', ({ google }) => {
    expect(() => parse(workerClaims({ google }))).toThrow(new Refusal('token_not_from_compute_engine'));
  });
});

const MALFORMED: Readonly<Record<string, readonly unknown[]>> = {
  instance_id: [undefined, null, '', 2875949485, '0', '01', '-1', '1e3', '1'.repeat(21), '1 ', ['1']],
  instance_name: [undefined, '', 'Worker', '1worker', 'worker-', 'wor_ker', 'w'.repeat(64), 'w\n', 1],
  zone: [undefined, '', 'us', 'US-central1-a', 'projects/1/zones/us-central1-a', 'us--a', 'us-central1-', 1],
  project_id: [undefined, '', 'Acme', '1acme', 'ac', 'acme-', 'acme_workers', 'a:b:acme', 1],
  project_number: [undefined, null, '326694433618', 0, -1, 1.5, 2 ** 53, [1]],
  instance_creation_timestamp: [undefined, null, '1772269200', 0, -1, 1.5, 8.64e12 + 1],
  instance_confidentiality: [null, '1', true, [1]],
  license_id: [null, '1001010', [1001010], ['1001010', 2], {}],
};

describe.each(Object.entries(MALFORMED))('the claim %s', (claim, values) => {
  it.each(values.map((value) => ({ value })))('may not be $value', ({ value }) => {
    const refused = new Refusal('token_compute_claims_malformed', claim);
    expect(() => parse(withCompute({ [claim]: value }))).toThrow(refused);
  });
});

describe('where several claims are wrong', () => {
  const wrong = {
    iss: { iss: 'x' },
    aud: { aud: 'x' },
    expired: { iat: NOW_SECONDS - 3600, exp: NOW_SECONDS },
    email: { email: 'x' },
    sub: { sub: 'x' },
    google: { google: undefined },
  };

  it.each([
    { first: 'token_issuer_mismatch', claims: { ...wrong.iss, ...wrong.aud } },
    { first: 'token_audience_mismatch', claims: { ...wrong.aud, ...wrong.expired } },
    { first: 'token_email_refused', claims: { ...wrong.email, ...wrong.sub } },
    { first: 'token_subject_refused', claims: { ...wrong.sub, ...wrong.google } },
  ] as const)('$first is the reason', ({ first, claims }) => {
    expect(() => parse(workerClaims(claims))).toThrow(new Refusal(first));
  });

  it('its expiry comes before its e-mail', () => {
    const claims = workerClaims({ ...wrong.expired, ...wrong.email });
    expect(() => parse(claims)).toThrow(new Refusal('token_expired', 'by 0 s'));
  });
});
