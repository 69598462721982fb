import { describe, expect, it } from 'vitest';
import { Unreachable, type OutboundResponse } from '../../../shared/http/outbound.ts';
import { delayBeforeRetryMs, parseRetryAfterSeconds } from '../../../shared/http/retry.ts';

const HALF = () => 0.5;

function answered(status: number, retryAfterSeconds?: number): { response: OutboundResponse } {
  return { response: { status, headers: {}, body: '', retryAfterSeconds } };
}

const FAILED = { failure: new Unreachable('no answer') };

describe('the first try is repeated', () => {
  it.each([408, 500, 502, 503, 504])('after a status of %d', (status) => {
    expect(delayBeforeRetryMs({ attempt: 1, ...answered(status) }, HALF)).toBe(100);
  });

  it('after no answer', () => {
    expect(delayBeforeRetryMs({ attempt: 1, ...FAILED }, HALF)).toBe(100);
  });

  it.each([
    { random: 0, delayMs: 0 },
    { random: 0.25, delayMs: 50 },
    { random: 0.999, delayMs: 199.8 },
  ])('with full jitter: $delayMs ms for $random', ({ random, delayMs }) => {
    expect(delayBeforeRetryMs({ attempt: 1, ...FAILED }, () => random)).toBeCloseTo(delayMs);
  });

  it.each([
    { asked: 0, delayMs: 100 },
    { asked: 1, delayMs: 1100 },
  ])('no sooner than the server asks: $asked s', ({ asked, delayMs }) => {
    expect(delayBeforeRetryMs({ attempt: 1, ...answered(503, asked) }, HALF)).toBe(delayMs);
  });
});

describe('a try is not repeated', () => {
  it.each([200, 204, 301, 302, 307, 400, 401, 403, 404, 409, 429, 501, 505])(
    'after a status of %d',
    (status) => {
      expect(delayBeforeRetryMs({ attempt: 1, ...answered(status) }, HALF)).toBeUndefined();
    },
  );

  it('where the server asks for more than a second', () => {
    expect(delayBeforeRetryMs({ attempt: 1, ...answered(503, 2) }, HALF)).toBeUndefined();
  });

  it.each([{ outcome: answered(503) }, { outcome: FAILED }])('a second time', ({ outcome }) => {
    expect(delayBeforeRetryMs({ attempt: 2, ...outcome }, HALF)).toBeUndefined();
    expect(delayBeforeRetryMs({ attempt: 3, ...outcome }, HALF)).toBeUndefined();
  });
});

describe('Retry-After', () => {
  it.each([
    { value: '0', seconds: 1 },
    { value: '7', seconds: 7 },
    { value: '3600', seconds: 3600 },
    { value: '3601', seconds: 3600 },
    { value: '999999', seconds: 3600 },
  ])('of $value is $seconds s', ({ value, seconds }) => {
    expect(parseRetryAfterSeconds({ 'retry-after': value })).toBe(seconds);
  });

  it.each(['', 'soon', '-1', '1.5', '1e3', '9999999', '0x10', '5, 6', 'Fri, 31 Dec 2027 23:59:59 GMT'])(
    'of %o is none',
    (value) => {
      expect(parseRetryAfterSeconds({ 'retry-after': value })).toBeUndefined();
    },
  );

  it('may be absent', () => {
    expect(parseRetryAfterSeconds({})).toBeUndefined();
  });
});
