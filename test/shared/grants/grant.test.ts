import { describe, expect, it } from 'vitest';
import { Fault } from '../../../shared/fault.ts';
import { decodeGrant } from '../../../shared/grants/grant.ts';
import { isRecord } from '../../../shared/unknown.ts';
import {
  ALICE,
  ALICE_GRANT,
  ALICE_MEMBER,
  API,
  BIGQUERY,
  DRIVE,
  SIGNER,
  STORAGE,
  TRAINER,
  TRAINER_MEMBER,
} from '../../support/domain/questions.ts';

const PATH = 'principals/serviceAccount:worker@acme-workers.iam.gserviceaccount.com';
const DELEGATE = 'middle@acme-data.iam.gserviceaccount.com';

describe('a grant of a service account', () => {
  it('needs scopes alone, and lasts for an hour then', () => {
    expect(decodeGrant(PATH, TRAINER_MEMBER, { scopes: [STORAGE] })).toEqual({
      kind: 'serviceAccount',
      path: PATH,
      target: { kind: 'serviceAccount', email: TRAINER, member: TRAINER_MEMBER },
      scopes: [STORAGE],
      idTokenAudiences: [],
      lifetimeSeconds: 3600,
      delegates: [],
    });
  });

  it('may be for ID tokens alone', () => {
    expect(decodeGrant(PATH, TRAINER_MEMBER, { idTokenAudiences: [API, 'any string'] })).toMatchObject({
      scopes: [],
      idTokenAudiences: [API, 'any string'],
    });
  });

  it('may have every field', () => {
    const stored = {
      scopes: [STORAGE, BIGQUERY],
      idTokenAudiences: [API],
      lifetimeSeconds: 900,
      delegates: [DELEGATE, SIGNER],
      condition: 'true',
      expiresAt: new Date('2027-01-01T00:00:00Z'),
    };
    expect(decodeGrant(PATH, TRAINER_MEMBER, stored)).toMatchObject(stored);
  });

  it.each([900, 3600, 43_200])('may last for %d s', (lifetimeSeconds) => {
    const stored = { scopes: [STORAGE], lifetimeSeconds };
    expect(decodeGrant(PATH, TRAINER_MEMBER, stored)).toMatchObject({ lifetimeSeconds });
  });

  it('may have a condition of 1024 bytes', () => {
    const condition = `"${'a'.repeat(1022)}"`;
    expect(decodeGrant(PATH, TRAINER_MEMBER, { scopes: [STORAGE], condition })).toMatchObject({ condition });
  });
});

describe('a grant of a user', () => {
  it('needs a signer and scopes', () => {
    expect(decodeGrant(PATH, ALICE_MEMBER, ALICE_GRANT)).toEqual({
      kind: 'user',
      path: PATH,
      target: { kind: 'user', email: ALICE, member: ALICE_MEMBER },
      scopes: [DRIVE],
      signer: SIGNER,
    });
  });

  it('may have a condition and an expiry', () => {
    const limits = { condition: 'true', expiresAt: new Date('2027-01-01T00:00:00Z') };
    expect(decodeGrant(PATH, ALICE_MEMBER, { ...ALICE_GRANT, ...limits })).toMatchObject(limits);
  });
});

const NO_MAP = 'must be a map';
const UNKNOWN = 'is not a field that this document may have';
const NO_LIST = 'must be a list';
const EMPTY_LIST = 'must not be an empty list';
const NO_SCOPE = 'must be an OAuth scope';
const NO_EMAIL = 'must be the lower-case e-mail address of a service account';
const NO_LIFETIME = 'must be a whole number from 900 to 43200';
const NO_CONDITION = 'must be a CEL expression, as a string';

interface Malformed {
  readonly stored: unknown;
  /** Below the grant; empty for the grant itself. */
  readonly field: string;
  readonly problem: string;
}

const COMMON: readonly Malformed[] = [
  { stored: null, field: '', problem: NO_MAP },
  { stored: 'all', field: '', problem: NO_MAP },
  { stored: [STORAGE], field: '', problem: NO_MAP },
  { stored: new Date(0), field: '', problem: NO_MAP },
  { stored: { scope: [STORAGE] }, field: '.scope', problem: UNKNOWN },
  { stored: { Scopes: [STORAGE] }, field: '.Scopes', problem: UNKNOWN },
  { stored: { expireAt: new Date(0) }, field: '.expireAt', problem: UNKNOWN },
  { stored: { uniqueId: '109422233875895820585' }, field: '.uniqueId', problem: UNKNOWN },
  { stored: { disabled: true }, field: '.disabled', problem: UNKNOWN },
  { stored: { scopes: [] }, field: '.scopes', problem: EMPTY_LIST },
  { stored: { scopes: STORAGE }, field: '.scopes', problem: NO_LIST },
  { stored: { scopes: null }, field: '.scopes', problem: NO_LIST },
  { stored: { scopes: [STORAGE, ''] }, field: '.scopes.1', problem: NO_SCOPE },
  { stored: { scopes: [`${STORAGE} ${BIGQUERY}`] }, field: '.scopes.0', problem: NO_SCOPE },
  { stored: { scopes: [` ${STORAGE}`] }, field: '.scopes.0', problem: NO_SCOPE },
  { stored: { scopes: ['a"b'] }, field: '.scopes.0', problem: NO_SCOPE },
  { stored: { scopes: [1] }, field: '.scopes.0', problem: NO_SCOPE },
  { stored: { condition: '' }, field: '.condition', problem: 'must not be empty' },
  { stored: { condition: true }, field: '.condition', problem: NO_CONDITION },
  { stored: { condition: null }, field: '.condition', problem: NO_CONDITION },
  {
    stored: { condition: ' '.repeat(1025) },
    field: '.condition',
    problem: 'must not be longer than 1024 bytes',
  },
  {
    stored: { condition: 'é'.repeat(513) },
    field: '.condition',
    problem: 'must not be longer than 1024 bytes',
  },
  { stored: { expiresAt: '2027-01-01T00:00:00Z' }, field: '.expiresAt', problem: 'must be a timestamp' },
  { stored: { expiresAt: 1_798_761_600 }, field: '.expiresAt', problem: 'must be a timestamp' },
  { stored: { expiresAt: null }, field: '.expiresAt', problem: 'must be a timestamp' },
];

const OF_SERVICE_ACCOUNTS: readonly Malformed[] = [
  { stored: { scopes: undefined }, field: '', problem: 'needs scopes, idTokenAudiences or both' },
  { stored: { signer: SIGNER }, field: '.signer', problem: UNKNOWN },
  { stored: { idTokenAudiences: [] }, field: '.idTokenAudiences', problem: EMPTY_LIST },
  { stored: { idTokenAudiences: API }, field: '.idTokenAudiences', problem: NO_LIST },
  { stored: { idTokenAudiences: [API, ''] }, field: '.idTokenAudiences.1', problem: 'must not be empty' },
  { stored: { idTokenAudiences: [1] }, field: '.idTokenAudiences.0', problem: 'must be a string' },
  { stored: { lifetimeSeconds: 899 }, field: '.lifetimeSeconds', problem: NO_LIFETIME },
  { stored: { lifetimeSeconds: 43_201 }, field: '.lifetimeSeconds', problem: NO_LIFETIME },
  { stored: { lifetimeSeconds: 3600.5 }, field: '.lifetimeSeconds', problem: NO_LIFETIME },
  { stored: { lifetimeSeconds: Number.NaN }, field: '.lifetimeSeconds', problem: NO_LIFETIME },
  { stored: { lifetimeSeconds: Infinity }, field: '.lifetimeSeconds', problem: NO_LIFETIME },
  { stored: { lifetimeSeconds: '3600' }, field: '.lifetimeSeconds', problem: NO_LIFETIME },
  { stored: { lifetimeSeconds: null }, field: '.lifetimeSeconds', problem: NO_LIFETIME },
  { stored: { delegates: DELEGATE }, field: '.delegates', problem: NO_LIST },
  { stored: { delegates: null }, field: '.delegates', problem: NO_LIST },
  { stored: { delegates: [DELEGATE, ALICE] }, field: '.delegates.1', problem: NO_EMAIL },
  {
    stored: { delegates: [`projects/-/serviceAccounts/${DELEGATE}`] },
    field: '.delegates.0',
    problem: NO_EMAIL,
  },
  { stored: { delegates: [DELEGATE.toUpperCase()] }, field: '.delegates.0', problem: NO_EMAIL },
];

const OF_USERS: readonly Malformed[] = [
  { stored: { scopes: undefined }, field: '.scopes', problem: NO_LIST },
  { stored: { signer: undefined }, field: '.signer', problem: NO_EMAIL },
  { stored: { signer: null }, field: '.signer', problem: NO_EMAIL },
  { stored: { signer: ALICE }, field: '.signer', problem: NO_EMAIL },
  { stored: { signer: [SIGNER] }, field: '.signer', problem: NO_EMAIL },
  { stored: { signer: SIGNER.toUpperCase() }, field: '.signer', problem: NO_EMAIL },
  { stored: { lifetimeSeconds: 3600 }, field: '.lifetimeSeconds', problem: UNKNOWN },
  { stored: { delegates: [] }, field: '.delegates', problem: UNKNOWN },
  { stored: { idTokenAudiences: [API] }, field: '.idTokenAudiences', problem: UNKNOWN },
];

/** Each malformed piece laid over a grant that is good. */
const CASES = [
  ...[...COMMON, ...OF_SERVICE_ACCOUNTS].map((bad) => ({
    ...bad,
    member: TRAINER_MEMBER,
    good: { scopes: [STORAGE] },
  })),
  ...[...COMMON, ...OF_USERS].map((bad) => ({ ...bad, member: ALICE_MEMBER, good: ALICE_GRANT })),
];

describe('a malformed grant is a fault', () => {
  it.each(CASES)(
    'of grants.$member$field that $problem ($stored)',
    ({ member, good, stored, field, problem }) => {
      const spoilt = isRecord(stored) ? { ...good, ...stored } : stored;
      expect(() => decodeGrant(PATH, member, spoilt)).toThrow(
        new Fault('document_malformed', { detail: `${PATH}: grants.${member}${field} ${problem}` }),
      );
    },
  );

  it.each([
    { what: 'a signer', stored: { scopes: [DRIVE] }, field: 'signer' },
    { what: 'scopes', stored: { signer: SIGNER }, field: 'scopes' },
  ])('where a user has no $what', ({ stored, field }) => {
    expect(() => decodeGrant(PATH, ALICE_MEMBER, stored)).toThrow(
      new Fault('document_malformed', { detail: `${PATH}: grants.${ALICE_MEMBER}.${field} is missing` }),
    );
  });

  it.each([
    'alice@example.com',
    'user:Alice@example.com',
    'serviceAccount:alice@example.com',
    'group:a@b.c',
    '',
  ])('where its key is %o', (member) => {
    expect(() => decodeGrant(PATH, member, ALICE_GRANT)).toThrow(
      new Fault('document_malformed', {
        detail: `${PATH}: grants.${member} is not a target: use serviceAccount:EMAIL or user:EMAIL`,
      }),
    );
  });

  it.each([
    { condition: { hunter2: 'hunter2' } },
    { scopes: ['hunter2"'] },
    { signer: 'hunter2' },
    { expiresAt: 'hunter2' },
  ])('that does not show the value of %o', (stored) => {
    expect(() => decodeGrant(PATH, ALICE_MEMBER, { ...ALICE_GRANT, ...stored })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('hunter2') as unknown }),
    );
  });
});
