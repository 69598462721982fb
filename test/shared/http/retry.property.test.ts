import * as fc from '../../support/properties.ts';
import { describe, expect, it } from 'vitest';
import { Unreachable, type OutboundResponse } from '../../../shared/http/outbound.ts';
import { delayBeforeRetryMs, parseRetryAfterSeconds, type Attempted } from '../../../shared/http/retry.ts';

const response = (status: number, retryAfterSeconds: number | undefined): OutboundResponse => ({
  status,
  headers: {},
  body: '',
  retryAfterSeconds,
});
const outcome: fc.Arbitrary<Omit<Attempted, 'attempt'>> = fc.oneof(
  fc.constant({ failure: new Unreachable('no answer') }),
  fc
    .tuple(
      fc.oneof(
        fc.constantFrom(200, 400, 401, 403, 404, 408, 429, 500, 501, 502, 503, 504),
        fc.integer({ min: 100, max: 599 }),
      ),
      fc.option(fc.nat({ max: 3600 }), { nil: undefined }),
    )
    .map(([status, after]) => ({ response: response(status, after) })),
);
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('delayBeforeRetryMs', () => {
  it('is at least what the server asked for, and at most a fifth of a second more', () => {
    fc.assert(
      fc.property(outcome, chance, (attempted, random) => {
        const delayMs = delayBeforeRetryMs({ attempt: 1, ...attempted }, () => random);
        fc.pre(delayMs !== undefined);
        const askedMs = (attempted.response?.retryAfterSeconds ?? 0) * 1000;
        expect(delayMs).toBeGreaterThanOrEqual(askedMs);
        expect(delayMs).toBeLessThan(askedMs + 200);
        expect(delayMs).toBeLessThan(1_200);
      }),
      { numRuns: 300 },
    );
  });

  it('repeats nothing a second time', () => {
    fc.assert(
      fc.property(outcome, chance, fc.integer({ min: 2, max: 1000 }), (attempted, random, attempt) => {
        expect(delayBeforeRetryMs({ attempt, ...attempted }, () => random)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  it('repeats no answer but those that pass, and none whose server asks for more than a second', () => {
    const passing = [408, 500, 502, 503, 504];
    fc.assert(
      fc.property(outcome, chance, (attempted, random) => {
        const { status = 503, retryAfterSeconds = 0 } = attempted.response ?? {};
        const isRepeated = passing.includes(status) && retryAfterSeconds <= 1;
        const delayMs = delayBeforeRetryMs({ attempt: 1, ...attempted }, () => random);
        expect(delayMs !== undefined).toBe(isRepeated);
      }),
      { numRuns: 400 },
    );
  });
});

describe('parseRetryAfterSeconds', () => {
  it('reads whole seconds of at most an hour, and nothing else', () => {
    const value = fc.oneof(
      fc.nat({ max: 9_999_999 }).map(String),
      fc.constantFrom(
        '',
        '-1',
        '1.5',
        '1e3',
        '0x10',
        ' 7',
        '7 ',
        '7, 8',
        'Fri, 31 Dec 2027 23:59:59 GMT',
        '٣',
      ),
      fc.stringMatching(/^[ -~]{0,12}$/),
    );
    fc.assert(
      fc.property(value, (text) => {
        const headers = { 'retry-after': text };
        const seconds = parseRetryAfterSeconds(headers);
        expect(seconds !== undefined).toBe(/^[0-9]{1,6}$/.test(text));
        expect(Math.max(seconds ?? 1, 1)).toBe(
          seconds === undefined ? 1 : Math.min(Math.max(Number(text), 1), 3600),
        );
      }),
      { numRuns: 400 },
    );
  });
});
