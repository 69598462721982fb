/**
 * Sound documents of principals, generated: with texts that YAML has to quote, and instants to the microsecond.
 */

import * as fc from '../support/properties.ts';
import type { DocumentData } from '../support/firestore/documents.ts';

const optional = <T>(key: string, value: fc.Arbitrary<T>) =>
  fc.option(value, { nil: undefined }).map((one) => (one === undefined ? {} : { [key]: one }));
const merged = (...parts: readonly fc.Arbitrary<object>[]) =>
  fc.tuple(...parts).map((all) => Object.assign({}, ...all) as DocumentData);

const email = fc.constantFrom(
  ...['a', "o'neil", '1e3', 'null', 'yes', '0x1f'].map((name) => `${name}@p.iam.gserviceaccount.com`),
);
const scope = fc.oneof(
  fc.constantFrom(
    'https://www.googleapis.com/auth/drive',
    'openid',
    'null',
    '~',
    '1',
    '- a'.replace(' ', ''),
    '#x',
    '&a',
    '*a',
    '!t',
    '$set',
    '{}',
    '[]',
    "it's",
    '@a',
    '%',
    '<<',
  ),
  fc.string({
    unit: fc.constantFrom(...Array.from('!#$%&()*+-./:;<=>?@[]^_{|}~az09')),
    minLength: 1,
    maxLength: 12,
  }),
);
const scopes = fc.array(scope, { minLength: 1, maxLength: 4 });
/** Anything that a text may be; what a condition means is not looked at. */
const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 30 }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 10 }),
  fc.constantFrom(
    'a\nb',
    ' a',
    'a ',
    '\t',
    '# a',
    'a: b',
    'true',
    '2027-01-01',
    '|',
    '---',
    'a\r\nb',
    '\u2028',
  ),
);
const instant = fc.date({
  min: new Date('2000-01-01T00:00:00Z'),
  max: new Date('2100-01-01T00:00:00Z'),
  noInvalidDate: true,
});
const common = [optional('condition', text), optional('expiresAt', instant)];

const serviceAccountGrant = merged(
  fc.oneof(
    merged(scopes.map((one) => ({ scopes: one }))),
    merged(fc.array(text, { minLength: 1, maxLength: 3 }).map((one) => ({ idTokenAudiences: one }))),
  ),
  optional('lifetimeSeconds', fc.integer({ min: 900, max: 43_200 })),
  optional('delegates', fc.array(email, { maxLength: 3 })),
  ...common,
);
const userGrant = merged(
  email.map((signer) => ({ signer })),
  scopes.map((one) => ({ scopes: one })),
  ...common,
);

const grants = fc
  .tuple(
    fc.dictionary(
      email.map((one) => `serviceAccount:${one}`),
      serviceAccountGrant,
      { maxKeys: 4, noNullPrototype: true },
    ),
    fc.dictionary(
      fc.constantFrom("user:o'neil@example.com", 'user:null@example.com', 'user:1.2@example.com'),
      userGrant,
      { maxKeys: 3, noNullPrototype: true },
    ),
  )
  .map(([accounts, users]) => ({ grants: { ...accounts, ...users } }));

export const generatedDocument: fc.Arbitrary<DocumentData> = merged(
  fc.constantFrom('109422233875895820585', '1234567890').map((uniqueId) => ({ uniqueId })),
  optional('disabled', fc.boolean()),
  optional('expiresAt', instant),
  grants,
);
