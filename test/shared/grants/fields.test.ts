import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  expiresAt,
  nonEmptyList,
  numericId,
  serviceAccountEmail,
  strictMap,
} from '../../../shared/grants/fields.ts';

/** The message of the first issue; `undefined` where there is none. */
function problemOf(schema: v.GenericSchema, value: unknown): string | undefined {
  return v.safeParse(schema, value).issues?.[0]?.message;
}

describe('a strict map', () => {
  const schema = strictMap({
    name: v.string('must be a string'),
    note: v.optional(v.string('must be a string')),
  });

  it('holds its fields and may leave out the optional ones', () => {
    expect(v.parse(schema, { name: 'a', note: 'b' })).toEqual({ name: 'a', note: 'b' });
    expect(v.parse(schema, { name: 'a' })).toEqual({ name: 'a' });
  });

  it.each<{ what: string; value: unknown; problem: string }>([
    { what: 'a field that is missing', value: {}, problem: 'is missing' },
    {
      what: 'a field more',
      value: { name: 'a', nmae: 'b' },
      problem: 'is not a field that this document may have',
    },
    {
      what: 'a field that every object has',
      value: { name: 'a', constructor: 'b' },
      problem: 'is not a field that this document may have',
    },
    {
      what: 'a field called __proto__',
      value: JSON.parse('{"name":"a","__proto__":{"note":"b"}}'),
      problem: 'is not a field that this document may have',
    },
    { what: 'a field of the wrong type', value: { name: 1 }, problem: 'must be a string' },
    { what: 'null for an optional field', value: { name: 'a', note: null }, problem: 'must be a string' },
    {
      what: 'fields that are inherited',
      value: Object.create({ name: 'a' }),
      problem: 'must be a map',
    },
    { what: 'a list', value: ['name'], problem: 'must be a map' },
    { what: 'null', value: null, problem: 'must be a map' },
    { what: 'text', value: 'name', problem: 'must be a map' },
  ])('refuses $what', ({ value, problem }) => {
    expect(problemOf(schema, value)).toBe(problem);
  });
});

describe('an expiry', () => {
  const instant = new Date('2027-01-01T00:00:00Z');

  it.each([
    { what: 'a date', value: instant },
    { what: 'a Firestore timestamp', value: { toDate: () => instant } },
  ])('may be $what', ({ value }) => {
    expect(v.parse(expiresAt, value)).toEqual(instant);
  });

  it('may be absent', () => {
    expect(v.parse(expiresAt, undefined)).toBeUndefined();
  });

  it.each([
    null,
    '2027-01-01T00:00:00Z',
    1_798_761_600,
    new Date('nonsense'),
    {},
    { toDate: 'soon' },
    { toDate: () => 'soon' },
    { toDate: () => new Date('nonsense') },
    { seconds: 1_798_761_600, nanoseconds: 0 },
  ])('is not %o', (value) => {
    expect(problemOf(expiresAt, value)).toBe('must be a timestamp');
  });
});

describe('a numeric id', () => {
  it.each(['1234567890', '109422233875895820585', '1'.repeat(25)])('may be %s', (value) => {
    expect(v.parse(numericId, value)).toBe(value);
  });

  it.each([109422233875, 109422233875895820585n, null, undefined])('has to be in quotes, not %o', (value) => {
    expect(problemOf(numericId, value)).toBe('must be a numeric id, in quotes');
  });

  it.each([
    '',
    '123456789',
    '1'.repeat(26),
    '0123456789',
    '-1234567890',
    '12345678x0',
    ' 1234567890',
    '1234567890\n',
  ])('is not %o', (value) => {
    expect(problemOf(numericId, value)).toBe('must be a numeric id of 10 to 25 digits');
  });
});

describe('the e-mail of a service account', () => {
  it('is kept as it is', () => {
    const email = 'trainer@acme.iam.gserviceaccount.com';
    expect(v.parse(serviceAccountEmail, email)).toBe(email);
  });

  it.each([
    'Trainer@acme.iam.gserviceaccount.com',
    'alice@example.com',
    'serviceAccount:trainer@acme.iam.gserviceaccount.com',
    '109422233875895820585',
    '',
    null,
    1,
  ])('is not %o', (value) => {
    expect(problemOf(serviceAccountEmail, value)).toBe(
      'must be the lower-case e-mail address of a service account',
    );
  });
});

describe('a list that must not be empty', () => {
  const schema = nonEmptyList(v.string('must be a string'));

  it('holds what its items hold', () => {
    expect(v.parse(schema, ['a', 'b'])).toEqual(['a', 'b']);
  });

  it.each([
    { value: [], problem: 'must not be an empty list' },
    { value: ['a', 1], problem: 'must be a string' },
    { value: 'a', problem: 'must be a list' },
    { value: { 0: 'a' }, problem: 'must be a list' },
    { value: null, problem: 'must be a list' },
  ])('is not $value', ({ value, problem }) => {
    expect(problemOf(schema, value)).toBe(problem);
  });
});
