import { describe, expect, it } from 'vitest';
import {
  claimedKind,
  isEmail,
  isServiceAccountEmail,
  isUserEmail,
  parseAudience,
  parseMember,
} from '../../shared/member.ts';

const SERVICE_ACCOUNTS = [
  'trainer@acme-data.iam.gserviceaccount.com',
  '326694433618-compute@developer.gserviceaccount.com',
  'acme-data@appspot.gserviceaccount.com',
  'trainer@acme.example.com.iam.gserviceaccount.com',
];
const USERS = ['alice@example.com', "o'brien+drive_1.x-y@mail.example.co.uk", '1@2.3'];

const NO_EMAILS = [
  { what: 'nothing', email: '' },
  { what: 'no domain', email: 'alice' },
  { what: 'an empty local part', email: '@example.com' },
  { what: 'an empty domain', email: 'alice@' },
  { what: 'a domain of one label', email: 'alice@localhost' },
  { what: 'two at signs', email: 'alice@example.com@evil.com' },
  { what: 'an upper-case letter', email: 'Alice@example.com' },
  { what: 'an upper-case letter in the domain', email: 'alice@Example.com' },
  { what: 'the Kelvin sign for a k', email: 'mar\u212a@example.com' },
  { what: 'a dotless i', email: 'al\u0131ce@example.com' },
  { what: 'a Cyrillic a', email: '\u0430lice@example.com' },
  { what: 'a full-width at sign', email: 'alice\uff20example.com' },
  { what: 'a zero-width space', email: 'alice\u200b@example.com' },
  { what: 'a leading space', email: ' alice@example.com' },
  { what: 'a trailing line feed', email: 'alice@example.com\n' },
  { what: 'a NUL', email: 'alice@example.com\0' },
  { what: 'a trailing dot', email: 'alice@example.com.' },
  { what: 'a dot at the start', email: '.alice@example.com' },
  { what: 'a dot before the at sign', email: 'alice.@example.com' },
  { what: 'two dots in a row', email: 'al..ice@example.com' },
  { what: 'an empty label', email: 'alice@example..com' },
  { what: 'a label that starts with a hyphen', email: 'alice@-example.com' },
  { what: 'a label that ends with a hyphen', email: 'alice@example-.com' },
  { what: 'quotes', email: '"alice"@example.com' },
  { what: 'a slash', email: 'alice/../bob@example.com' },
  { what: 'a percent sign', email: 'alice%40evil.com@example.com' },
  { what: 'a comma', email: 'alice@example.com,bob@example.com' },
  { what: '255 characters', email: `${'a'.repeat(243)}@example.com` },
];

describe('an e-mail address', () => {
  it.each([...SERVICE_ACCOUNTS, ...USERS])('may be %s', (email) => {
    expect(isEmail(email)).toBe(true);
  });

  it('may be 254 characters long', () => {
    expect(isEmail(`${'a'.repeat(242)}@example.com`)).toBe(true);
  });

  it.each(NO_EMAILS)('is not one with $what', ({ email }) => {
    expect(isEmail(email)).toBe(false);
    expect(isUserEmail(email)).toBe(false);
    expect(parseMember(`user:${email}`)).toBeUndefined();
  });
});

describe('the e-mail address of a service account', () => {
  it.each(SERVICE_ACCOUNTS)('is %s, which is no user', (email) => {
    expect(isServiceAccountEmail(email)).toBe(true);
    expect(isUserEmail(email)).toBe(false);
  });

  it.each([
    ...USERS,
    'trainer@evilgserviceaccount.com',
    'trainer@acme.iam.gserviceaccount.com.evil.com',
    'trainer@acme.iam.gserviceaccount.community',
    'trainer@acme.iam.gserviceaccountxcom',
    'Trainer@acme.iam.gserviceaccount.com',
    '.gserviceaccount.com',
  ])('is not %s', (email) => {
    expect(isServiceAccountEmail(email)).toBe(false);
  });
});

describe('a member', () => {
  it.each(SERVICE_ACCOUNTS)('may be the service account %s', (email) => {
    const member = `serviceAccount:${email}`;
    expect(parseMember(member)).toEqual({ kind: 'serviceAccount', email, member });
  });

  it.each(USERS)('may be the user %s', (email) => {
    expect(parseMember(`user:${email}`)).toEqual({ kind: 'user', email, member: `user:${email}` });
  });

  it.each([
    '',
    ':',
    'user',
    'user:',
    'alice@example.com',
    'user::alice@example.com',
    'user: alice@example.com',
    ' user:alice@example.com',
    'USER:alice@example.com',
    'User:alice@example.com',
    'serviceaccount:trainer@acme-data.iam.gserviceaccount.com',
    'serviceAccount:alice@example.com',
    'user:trainer@acme-data.iam.gserviceaccount.com',
    'group:team@example.com',
    'domain:example.com',
    'allUsers',
    'deleted:serviceAccount:trainer@acme-data.iam.gserviceaccount.com?uid=1',
    'serviceAccount:user:alice@example.com',
    '__proto__',
  ])('is not %o', (value) => {
    expect(parseMember(value)).toBeUndefined();
  });
});

describe('the audience of a request', () => {
  it.each(['user:alice@example.com', '//iam.googleapis.com/user:alice@example.com'])(
    'names its target as %s',
    (audience) => {
      expect(parseAudience(audience)).toEqual({
        kind: 'user',
        email: 'alice@example.com',
        member: 'user:alice@example.com',
      });
    },
  );

  it.each([
    '//iam.googleapis.com/',
    '//iam.googleapis.com/alice@example.com',
    '//iam.googleapis.com///iam.googleapis.com/user:alice@example.com',
    'https://iam.googleapis.com/user:alice@example.com',
    '//IAM.googleapis.com/user:alice@example.com',
    '//sts.googleapis.com/user:alice@example.com',
    'user:alice@example.com//iam.googleapis.com/',
  ])('names no target as %s', (audience) => {
    expect(parseAudience(audience)).toBeUndefined();
  });
});

describe('the kind that a stored key claims', () => {
  it.each([
    { key: 'serviceAccount:NOT AN EMAIL', kind: 'serviceAccount' },
    { key: 'user:', kind: 'user' },
    { key: 'users:alice@example.com', kind: undefined },
    { key: 'serviceaccount:x', kind: undefined },
    { key: '', kind: undefined },
  ])('is $kind for $key, well formed or not', ({ key, kind }) => {
    expect(claimedKind(key)).toBe(kind);
  });
});
