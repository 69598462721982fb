import * as fc from '../../support/properties.ts';
import { describe, expect, it } from 'vitest';
import { refusedDelayMs, retryDelayMs, swapDelayMs } from '../../../refresher/tokens/schedule.ts';
import { HOUR, MINUTE, SECOND } from '../../support/domain/clock.ts';

const latest = () => 0;
const earliest = () => 1 - Number.EPSILON;
const anyRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('a token is swapped', () => {
  it.each([
    { life: 'an hour', remainingMs: HOUR, left: 2_400 },
    { life: 'an hour, vended a little ago', remainingMs: 3_300 * SECOND, left: 2_310 },
    { life: 'half an hour', remainingMs: 30 * MINUTE, left: 1_260 },
    { life: 'fifteen minutes', remainingMs: 900 * SECOND, left: 630 },
    { life: 'twelve hours', remainingMs: 12 * HOUR, left: 0.2 * 43_200 },
  ])('that lives for $life, while $left s remain', ({ remainingMs, left }) => {
    expect((remainingMs - swapDelayMs(remainingMs, latest)) / SECOND).toBeCloseTo(left);
  });

  it('earlier by a tenth of the time at most', () => {
    expect(swapDelayMs(HOUR, earliest)).toBeCloseTo(0.9 * 1_200 * SECOND);
  });

  it('while at least 600 s remain, wherever it had so much to begin with', () => {
    const lives = fc.integer({ min: 605 * SECOND, max: 12 * HOUR });
    fc.assert(
      fc.property(lives, anyRandom, (remainingMs, random) => {
        expect(remainingMs - swapDelayMs(remainingMs, () => random)).toBeGreaterThanOrEqual(600 * SECOND - 1);
      }),
    );
  });

  it.each([599, 60, 1, 0, -5])('five seconds later where %d s remain', (seconds) => {
    expect(swapDelayMs(seconds * SECOND, earliest)).toBe(5 * SECOND);
  });

  it('so early that an outage of half an hour leaves 360 s of an hour, and of what is left of one', () => {
    for (const remainingMs of [HOUR, 3_300 * SECOND]) {
      const left = remainingMs - swapDelayMs(remainingMs, latest);
      expect(left - 30 * MINUTE - 60 * SECOND).toBeGreaterThanOrEqual(360 * SECOND);
    }
  });
});

describe('after an outage the next try', () => {
  it.each([
    { failures: 1, from: 1, to: 2 },
    { failures: 2, from: 2, to: 4 },
    { failures: 3, from: 4, to: 8 },
    { failures: 5, from: 16, to: 32 },
    { failures: 6, from: 30, to: 60 },
    { failures: 5_000, from: 30, to: 60 },
  ])('is $from to $to s away after $failures failures', ({ failures, from, to }) => {
    expect(retryDelayMs({ failures }, latest)).toBe(from * SECOND);
    expect(retryDelayMs({ failures }, earliest)).toBeCloseTo(to * SECOND);
  });

  it('is never nearer than 1 s nor, by itself, further than 60 s', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), anyRandom, (failures, random) => {
        const delay = retryDelayMs({ failures }, () => random);
        expect(delay).toBeGreaterThanOrEqual(SECOND);
        expect(delay).toBeLessThanOrEqual(60 * SECOND);
      }),
    );
  });

  it('is as far away as the server asks, and a little jitter', () => {
    expect(retryDelayMs({ failures: 1, retryAfterSeconds: 120 }, latest)).toBe(120 * SECOND);
    expect(retryDelayMs({ failures: 1, retryAfterSeconds: 120 }, earliest)).toBeCloseTo(132 * SECOND);
  });

  it('is no nearer because a server asks for less than the backoff', () => {
    expect(retryDelayMs({ failures: 9, retryAfterSeconds: 1 }, latest)).toBe(30 * SECOND);
  });
});

it('after a refusal the next try is about a minute away', () => {
  expect(refusedDelayMs(latest)).toBe(54 * SECOND);
  expect(refusedDelayMs(earliest)).toBeCloseTo(66 * SECOND);
});
