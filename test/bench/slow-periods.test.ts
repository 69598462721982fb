import { describe, expect, it } from 'vitest';
import { overlapsAny, slowPeriods } from './slow-periods.ts';

/** One each 2 ms, of a processor that takes 1 ms for what it does. */
function samplesOf(...exceptions: readonly { at: number; tookMs?: number; stolenTicks?: number }[]) {
  return Array.from({ length: 21 }, (_, at) => {
    const stolen = exceptions.filter((one) => one.at <= at).map((one) => one.stolenTicks ?? 0);
    const tookMs = exceptions.find((one) => one.at === at)?.tookMs ?? 1;
    return { atMs: 2 * at, tookMs, stolenTicks: 7 + stolen.reduce((sum, one) => sum + one, 0) };
  });
}

describe('the processor', () => {
  it('is not slow as long as it takes no more than twice as long as usual', () => {
    expect(slowPeriods(samplesOf({ at: 10, tookMs: 2 }))).toEqual([]);
    expect(slowPeriods([])).toEqual([]);
  });

  it('is slow from the moment before to the moment after one at which it took longer', () => {
    expect(slowPeriods(samplesOf({ at: 10, tookMs: 2.1 }))).toEqual([{ fromMs: 18, toMs: 22 }]);
  });

  it('is slow at the first moment and at the last as well', () => {
    expect(slowPeriods(samplesOf({ at: 0, tookMs: 3 }, { at: 20, tookMs: 3 }))).toEqual([
      { fromMs: 0, toMs: 2 },
      { fromMs: 38, toMs: 40 },
    ]);
  });

  it('was taken away for at least as long as the kernel says, until it says so', () => {
    expect(slowPeriods(samplesOf({ at: 10, stolenTicks: 1 }))).toEqual([{ fromMs: 8, toMs: 22 }]);
    expect(slowPeriods(samplesOf({ at: 10, stolenTicks: 6 }))).toEqual([{ fromMs: -42, toMs: 22 }]);
  });
});

describe('a request', () => {
  const periods = [{ fromMs: 18, toMs: 22 }];

  it.each([
    [{ fromMs: 10, toMs: 18 }, false],
    [{ fromMs: 10, toMs: 18.1 }, true],
    [{ fromMs: 19, toMs: 20 }, true],
    [{ fromMs: 21.9, toMs: 30 }, true],
    [{ fromMs: 22, toMs: 30 }, false],
  ])('under way in %o overlaps: %o', (period, overlaps) => {
    expect(overlapsAny(periods, period)).toBe(overlaps);
  });
});
