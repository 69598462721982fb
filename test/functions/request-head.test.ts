import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { refusalOfHead, type RequestHead } from '../../functions/request-head.ts';
import { Refusal, type RefusalReason } from '../../shared/refusal.ts';

const FORM = 'application/x-www-form-urlencoded';
const GOOD: RequestHead = {
  method: 'POST',
  url: '/v1/token',
  headers: { 'content-type': FORM, 'content-length': '1200' },
};

function head(changes: Partial<RequestHead>, headers: IncomingHttpHeaders = {}): RequestHead {
  return { ...GOOD, ...changes, headers: { ...GOOD.headers, ...headers } };
}

describe('a head is good', () => {
  it.each([
    { what: 'as clients send it', request: GOOD },
    { what: 'of a check', request: head({ url: '/v1/check' }) },
    { what: 'of a check with a query', request: head({ url: '/v1/check?alt=json' }) },
    { what: 'with a query', request: head({ url: '/v1/token?alt=json' }) },
    { what: 'with a body of 64 KiB', request: head({}, { 'content-length': '65536' }) },
    { what: 'without a body', request: head({}, { 'content-length': '0' }) },
    {
      what: 'with parameters of its media type',
      request: head({}, { 'content-type': `${FORM}; charset=utf-8` }),
    },
    { what: 'with its media type sent twice', request: head({}, { 'content-type': `${FORM}, ${FORM}` }) },
    { what: 'with an encoding that is none', request: head({}, { 'content-encoding': 'Identity' }) },
  ])('$what', ({ request }) => {
    expect(refusalOfHead(request)).toBeUndefined();
  });
});

describe('a head is refused', () => {
  it.each<{ what: string; request: RequestHead; reason: RefusalReason }>([
    ...[
      '/',
      '/v1/token/',
      '/V1/token',
      '/v1/tokens',
      '/v1/check/',
      '/v1/checks',
      '/v1/Check',
      '/v1/token/check',
      '/check',
      '//v1/token',
      '/v1/%74oken',
      '/v1/token;x',
      'http://host/v1/token',
      '?/v1/token',
      '',
    ].map((url) => ({
      what: `for the path ${url}`,
      request: head({ url }),
      reason: 'path_unknown' as const,
    })),
    { what: 'without a path', request: { method: 'POST', headers: GOOD.headers }, reason: 'path_unknown' },
    ...['GET', 'HEAD', 'PUT', 'OPTIONS', 'post'].map((method) => ({
      what: `for the method ${method}`,
      request: head({ method }),
      reason: 'method_not_allowed' as const,
    })),
    {
      what: 'without a length',
      request: { ...GOOD, headers: { 'content-type': FORM } },
      reason: 'body_length_missing',
    },
    ...['', '-1', '1.5', '1e3', '0x10', '1, 1', ' 1', 'many'].map((length) => ({
      what: `for the length "${length}"`,
      request: head({}, { 'content-length': length }),
      reason: 'body_length_missing' as const,
    })),
    {
      what: 'with a chunked body',
      request: head({}, { 'transfer-encoding': 'chunked' }),
      reason: 'body_length_missing',
    },
    {
      what: 'with a body over 64 KiB',
      request: head({}, { 'content-length': '65537' }),
      reason: 'body_too_large',
    },
    {
      what: 'with a body beyond numbers',
      request: head({}, { 'content-length': '9'.repeat(400) }),
      reason: 'body_too_large',
    },
    {
      what: 'without a media type',
      request: { ...GOOD, headers: { 'content-length': '1' } },
      reason: 'media_type_unsupported',
    },
    {
      what: 'with JSON',
      request: head({}, { 'content-type': 'application/json' }),
      reason: 'media_type_unsupported',
    },
    {
      what: 'with a form beside JSON',
      request: head({}, { 'content-type': `${FORM}, application/json` }),
      reason: 'media_type_unsupported',
    },
    ...['gzip', 'br', 'identity, gzip', 'deflate', ''].map((encoding) => ({
      what: `for the encoding "${encoding}"`,
      request: head({}, { 'content-encoding': encoding }),
      reason: 'media_type_unsupported' as const,
    })),
  ])('$what', ({ request, reason }) => {
    expect(refusalOfHead(request)).toEqual(new Refusal(reason));
  });

  it.each<{ first: RefusalReason; request: RequestHead }>([
    { first: 'path_unknown', request: head({ url: '/', method: 'GET' }) },
    { first: 'method_not_allowed', request: { url: '/v1/token', method: 'GET', headers: {} } },
    {
      first: 'body_length_missing',
      request: head({}, { 'content-length': undefined, 'content-type': 'text/plain' }),
    },
    {
      first: 'body_too_large',
      request: head({}, { 'content-length': '65537', 'content-type': 'text/plain' }),
    },
  ])('for $first before anything that comes after it', ({ first, request }) => {
    expect(refusalOfHead(request)).toEqual(new Refusal(first));
  });
});
