import { describe, expect, it } from 'vitest';
import type { OutboundResponse } from '../../../shared/http/outbound.ts';
import { parseKeySet } from '../../../shared/identity/key-set.ts';
import { googleKey } from '../../support/domain/callers.ts';

function published(keys: readonly unknown[], headers: Record<string, string> = {}): OutboundResponse {
  return answer(JSON.stringify({ keys }), { headers });
}

function answer(
  body: string,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): OutboundResponse {
  return { status, headers: headers, body, retryAfterSeconds: undefined };
}

const { jwk } = googleKey();

describe('a key set', () => {
  it('is its keys by id, with what verification needs of them', () => {
    const other = { ...jwk, kid: 'other', x5c: ['certificate'] };
    const { keys } = parseKeySet(published([jwk, other]));
    const { n, e } = jwk;
    expect(keys).toEqual(
      new Map([
        [jwk.kid, { kty: 'RSA', alg: 'RS256', kid: jwk.kid, n, e }],
        ['other', { kty: 'RSA', alg: 'RS256', kid: 'other', n, e }],
      ]),
    );
  });

  it.each([
    { what: 'another algorithm', key: { ...jwk, alg: 'RS512' } },
    { what: 'HMAC', key: { kty: 'oct', alg: 'HS256', use: 'sig', kid: 'x', k: 'c2VjcmV0' } },
    { what: 'an elliptic curve', key: { ...jwk, kty: 'EC', crv: 'P-256' } },
    { what: 'a key for encryption', key: { ...jwk, use: 'enc' } },
    { what: 'no use', key: { ...jwk, use: undefined } },
    { what: 'no id', key: { ...jwk, kid: undefined } },
    { what: 'an empty id', key: { ...jwk, kid: '' } },
    { what: 'an id of 129 characters', key: { ...jwk, kid: 'k'.repeat(129) } },
    { what: 'a modulus of 1024 bits', key: { ...jwk, n: jwk.n.slice(0, 171) } },
    { what: 'no modulus', key: { ...jwk, n: undefined } },
    { what: 'a modulus of 8192 bits', key: { ...jwk, n: 'n'.repeat(1366) } },
    { what: 'no exponent', key: { ...jwk, e: undefined } },
    { what: 'no object', key: 'key' },
    { what: 'null', key: null },
  ])('leaves out a key with $what', ({ key }) => {
    const usable = { ...jwk, kid: 'usable' };
    expect([...parseKeySet(published([key, usable])).keys.keys()]).toEqual(['usable']);
  });

  it.each([
    { what: 'no key at all', response: published([]) },
    { what: 'no key for signatures', response: published([{ ...jwk, use: 'enc' }]) },
  ])('with $what is an error, so that it replaces nothing', ({ response }) => {
    expect(() => parseKeySet(response)).toThrow(new Error('the key set holds no RS256 signing key'));
  });

  it.each([204, 304, 404, 429, 503])('with status %d is an error', (status) => {
    const response = answer(JSON.stringify({ keys: [jwk] }), { status });
    expect(() => parseKeySet(response)).toThrow(new Error(`the key set was answered with status ${status}`));
  });

  it.each([
    { what: 'nothing', body: '', problem: /JSON/ },
    { what: 'a page', body: '<html>', problem: /JSON/ },
    { what: 'half a set', body: '{"keys":[', problem: /JSON/ },
    {
      what: 'a map of certificates',
      body: '{"kid":"-----BEGIN CERTIFICATE-----"}',
      problem: /Expected "keys"/,
    },
    { what: 'a bare list', body: JSON.stringify([jwk]), problem: /Expected Array/ },
    { what: 'keys that are no list', body: JSON.stringify({ keys: { 0: jwk } }), problem: /Expected Array/ },
    {
      what: 'thirty-three keys',
      body: JSON.stringify({ keys: Array(33).fill(jwk) }),
      problem: /Expected <=32/,
    },
  ])('that holds $what is an error', ({ body, problem }) => {
    expect(() => parseKeySet(answer(body))).toThrow(problem);
  });
});

describe('a key set may be kept', () => {
  it.each([
    { seconds: 21_155, headers: { 'cache-control': 'public, max-age=21155, must-revalidate, no-transform' } },
    { seconds: 21_143, headers: { 'cache-control': 'public, max-age=21155', age: '12' } },
    { seconds: 3600, headers: { 'cache-control': 'max-age=3600' } },
    { seconds: 60, headers: { 'cache-control': 'max-age=0' } },
    { seconds: 60, headers: { 'cache-control': 'max-age=21155', age: '21154' } },
    { seconds: 60, headers: { 'cache-control': 'max-age=100', age: '999999' } },
    { seconds: 86_400, headers: { 'cache-control': 'max-age=999999999' } },
    { seconds: 300, headers: {} },
    { seconds: 300, headers: { 'cache-control': 'no-store' } },
    { seconds: 300, headers: { 'cache-control': 'public, s-maxage=21155' } },
    { seconds: 300, headers: { 'cache-control': 'x-max-age=21155' } },
    { seconds: 300, headers: { 'cache-control': 'max-age=soon' } },
    { seconds: 300, headers: { 'cache-control': 'max-age=-1' } },
    { seconds: 300, headers: { age: '12' } },
    { seconds: 3600, headers: { 'cache-control': 'max-age=3600', age: '-5' } },
    { seconds: 3600, headers: { 'cache-control': 'max-age=3600', age: 'old' } },
  ])('for $seconds s with $headers', ({ seconds, headers }) => {
    expect(parseKeySet(published([jwk], headers)).freshForMs).toBe(seconds * 1000);
  });
});
