import { describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  optional,
  parseList,
  parseUrl,
  parseWholeNumber,
  required,
} from '../../functions/environment.ts';

describe('a configuration error', () => {
  it('is one line that names the variable and says what it should be', () => {
    const error = new ConfigurationError('PORT', 'has to be a port');
    expect(error).toMatchObject({ name: 'ConfigurationError', message: 'PORT has to be a port' });
  });
});

describe('a variable', () => {
  it.each([
    { value: 'a', read: 'a' },
    { value: '  a b ', read: 'a b' },
    { value: '0', read: '0' },
    { value: '', read: undefined },
    { value: ' \t\n', read: undefined },
    { value: undefined, read: undefined },
  ])('of %o is read as $read', ({ value, read }) => {
    expect(optional({ NAME: value }, 'NAME')).toBe(read);
  });

  it('that is required gives its value', () => {
    expect(required({ NAME: ' a ' }, 'NAME', 'a name')).toBe('a');
  });

  it.each([undefined, '', ' '])('that is required may not be %o', (value) => {
    expect(() => required({ NAME: value }, 'NAME', 'the name of something')).toThrow(
      new ConfigurationError('NAME', 'is not set: it has to be the name of something'),
    );
  });
});

describe('a list', () => {
  const isShort = (entry: string) => entry.length < 4;
  const parse = (value: string) => parseList('LIST', value, isShort, 'short words');

  it.each([
    { value: 'a', entries: ['a'] },
    { value: 'a,b,a', entries: ['a', 'b', 'a'] },
    { value: ' a , b ', entries: ['a', 'b'] },
  ])('of "$value" has the entries $entries', ({ value, entries }) => {
    expect(parse(value)).toEqual(entries);
  });

  it.each(['a,,b', 'a,', ',a', ',', 'a, ,b'])('with an empty entry stops the start: %o', (value) => {
    expect(() => parse(value)).toThrow(
      new ConfigurationError('LIST', 'holds an empty entry: it has to be short words, separated by commas'),
    );
  });

  it('names the first entry that does not fit', () => {
    expect(() => parse('a,"long",longer')).toThrow(
      new ConfigurationError('LIST', 'holds "\\"long\\"": it has to be short words, separated by commas'),
    );
  });
});

describe('a URL', () => {
  it.each([
    'https://example.com/path?query=1',
    'https://127.0.0.2:8443',
    'http://127.0.0.1:8080/token',
    'http://localhost:8080',
    'http://[::1]:8080',
    'HTTPS://EXAMPLE.COM',
  ])('may be %s', (value) => {
    expect(parseUrl('URL', value).href).toBe(new URL(value).href);
  });

  it.each([
    'example.com',
    '//example.com',
    'http://example.com',
    'http://127.0.0.2',
    'http://127.0.0.1.evil.com',
    'http://localhost.evil.com',
    'http://0.0.0.0',
    'ftp://127.0.0.1',
    'file:///etc/passwd',
    'https://user@example.com',
    'https://user:password@example.com',
    'https://:password@example.com',
    'https://example.com#fragment',
    'http://127.0.0.1@evil.com',
    'https://',
    'not a url',
  ])('may not be %s', (value) => {
    expect(() => parseUrl('URL', value)).toThrow(
      new ConfigurationError('URL', 'has to be an https URL, or an http URL on this machine'),
    );
  });

  it('may not have a password without a user, which no request could be sent with', () => {
    expect(() => parseUrl('URL', 'https://:password@example.com')).toThrow(
      new ConfigurationError('URL', 'has to be an https URL, or an http URL on this machine'),
    );
  });
});

describe('a whole number', () => {
  it.each([
    { value: '1', number: 1 },
    { value: '60', number: 60 },
    { value: '007', number: 7 },
  ])('may be $value', ({ value, number }) => {
    expect(parseWholeNumber('NUMBER', value, 1, 60)).toBe(number);
  });

  it.each([
    '0',
    '61',
    '-1',
    '+1',
    '1.5',
    '1e1',
    '0x10',
    '1 000',
    '1,000',
    'one',
    '',
    'NaN',
    'Infinity',
    '9999999999',
    '٣',
  ])('from 1 to 60 is not %o', (value) => {
    expect(() => parseWholeNumber('NUMBER', value, 1, 60)).toThrow(
      new ConfigurationError('NUMBER', 'has to be a whole number from 1 to 60'),
    );
  });
});
