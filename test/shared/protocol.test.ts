import { describe, expect, it } from 'vitest';
import {
  decodeForm,
  encodeForm,
  errorResponse,
  isFormMediaType,
  parseScopeList,
  TOKEN_EXCHANGE_GRANT_TYPE,
  TOKEN_PATH,
  TOKEN_TYPES,
  type WireErrorCode,
} from '../../shared/protocol.ts';

describe('the names of RFC 8693', () => {
  it('are those of the standard, letter by letter', () => {
    expect(TOKEN_EXCHANGE_GRANT_TYPE).toBe('urn:ietf:params:oauth:grant-type:token-exchange');
    expect(TOKEN_TYPES).toEqual({
      accessToken: 'urn:ietf:params:oauth:token-type:access_token',
      idToken: 'urn:ietf:params:oauth:token-type:id_token',
      jwt: 'urn:ietf:params:oauth:token-type:jwt',
    });
    expect(TOKEN_PATH).toBe('/v1/token');
  });
});

describe('an error response', () => {
  it.each<{ code: WireErrorCode; sentence: string }>([
    {
      code: 'invalid_request',
      sentence:
        'The request or its identity token is not acceptable. The audit log of the function holds the reason.',
    },
    {
      code: 'unsupported_grant_type',
      sentence: 'Only the token-exchange grant type of RFC 8693 is supported.',
    },
    {
      code: 'invalid_target',
      sentence:
        'This caller may not become that target. Ask whoever manages the grants; the audit log of the function holds the reason.',
    },
    {
      code: 'invalid_scope',
      sentence: 'None of the requested scopes is granted to this caller for that target.',
    },
    {
      code: 'temporarily_unavailable',
      sentence: 'A service that the exchange needs cannot be reached. Try again later.',
    },
    {
      code: 'server_error',
      sentence:
        'The exchange failed for a reason that an operator has to mend; see the audit log of the function.',
    },
  ])('for $code is one constant sentence and a page that explains it', ({ code, sentence }) => {
    expect(errorResponse(code)).toEqual({
      error: code,
      error_description: sentence,
      error_uri: `https://github.com/token-vending/token-vending/blob/main/docs/troubleshooting.md#${code}`,
    });
  });
});

describe('the form of a request', () => {
  it('is decoded', () => {
    const body =
      'grant_type=urn%3Ax&audience=user%3Aalice%40example.com&scope=a+b%20c&resource=https%3A%2F%2Fx';
    expect(decodeForm(body)).toEqual({
      parameters: {
        grant_type: 'urn:x',
        audience: 'user:alice@example.com',
        scope: 'a b c',
        resource: 'https://x',
      },
    });
  });

  it('reads as it was written', () => {
    const parameters = {
      grant_type: TOKEN_EXCHANGE_GRANT_TYPE,
      subject_token: 'a.b.c',
      subject_token_type: TOKEN_TYPES.jwt,
      requested_token_type: TOKEN_TYPES.idToken,
      audience: 'serviceAccount:o+o@acme.iam.gserviceaccount.com',
      scope: 'https://a https://b',
      resource: 'https://api.example.com/?a=1&b=ü',
    };
    expect(decodeForm(encodeForm(parameters))).toEqual({ parameters });
  });

  it('is written without the parameters that have no value', () => {
    expect(encodeForm({ grant_type: 'x', scope: '' })).toBe('grant_type=x');
  });

  it.each([
    { what: 'a parameter without a value', body: 'scope=&audience' },
    { what: 'unknown parameters', body: 'nonce=1&Scope=a&GRANT_TYPE=b' },
    { what: 'names that every object has', body: '__proto__=x&constructor=y&toString=z' },
    { what: 'nothing', body: '' },
    { what: 'no form at all', body: '{"scope":"a"}' },
  ])('holds nothing for $what', ({ body }) => {
    const { parameters, repeated } = decodeForm(body);
    expect(Object.keys(parameters)).toEqual([]);
    expect(parameters.scope).toBeUndefined();
    expect(repeated).toBeUndefined();
  });

  it.each([
    { what: 'two values', body: 'scope=a&scope=b', name: 'scope' },
    { what: 'the same value twice', body: 'scope=a&scope=a', name: 'scope' },
    { what: 'an empty value before a full one', body: 'scope=&scope=a', name: 'scope' },
    { what: 'an empty value after a full one', body: 'scope=a&scope=', name: 'scope' },
    { what: 'two empty values', body: 'scope&scope', name: 'scope' },
    { what: 'a value before a question mark', body: '?scope=a&?scope=b', name: '?scope' },
    { what: 'a name that is spelt in two encodings', body: 'scope=a&%73cope=b', name: 'scope' },
    { what: 'an unknown name', body: 'nonce=1&nonce=2', name: 'nonce' },
  ])('tells a repeated parameter by $what', ({ body, name }) => {
    expect(decodeForm(body).repeated).toBe(name);
  });
});

describe('a list of scopes', () => {
  it.each([
    { text: 'a', scopes: ['a'] },
    { text: 'b a', scopes: ['b', 'a'] },
    { text: ' a  b ', scopes: ['a', 'b'] },
    { text: 'a b a', scopes: ['a', 'b'] },
    {
      text: 'https://www.googleapis.com/auth/drive!#[]~',
      scopes: ['https://www.googleapis.com/auth/drive!#[]~'],
    },
  ])('of "$text" is $scopes', ({ text, scopes }) => {
    expect(parseScopeList(text)).toEqual(scopes);
  });

  it.each(['', ' ', 'a\tb', 'a\nb', 'a"b', 'a\\b', 'a \u00fc', 'a \u007f', 'a\u00a0b'])(
    'is not %o',
    (text) => {
      expect(parseScopeList(text)).toBeUndefined();
    },
  );
});

describe('the media type of a form', () => {
  it.each([
    'application/x-www-form-urlencoded',
    'Application/X-WWW-Form-URLEncoded',
    'application/x-www-form-urlencoded; charset=UTF-8',
    ' application/x-www-form-urlencoded ;charset=utf-8',
    'application/x-www-form-urlencoded, application/x-www-form-urlencoded',
  ])('may be %s', (contentType) => {
    expect(isFormMediaType(contentType)).toBe(true);
  });

  it.each([
    undefined,
    '',
    'application/json',
    'text/plain; application/x-www-form-urlencoded',
    'application/x-www-form-urlencoded-ish',
    'application/x-www-form-urlencoded, application/json',
    'application/x-www-form-urlencoded,',
    'multipart/form-data',
  ])('is not %o', (contentType) => {
    expect(isFormMediaType(contentType)).toBe(false);
  });
});
