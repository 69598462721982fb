import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { overlapsAny, slowPeriods } from './slow-periods.ts';
import { openStealTime } from './steal-time.ts';

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

  it('was taken away in the hundredth of a second that ends where the kernel tells of it', () => {
    expect(slowPeriods(samplesOf({ at: 10, stolenTicks: 1 }))).toEqual([{ fromMs: 8, toMs: 22 }]);
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

describe('stolen time', () => {
  it('is the eighth figure of all cores together, as it is at that moment', () => {
    const path = join(tmpdir(), `stat-${process.pid}`);
    writeFileSync(path, 'cpu  1 2 3 4 5 6 7 42 9 10\ncpu0 1 2 3 4 5 6 7 41 9 10\n');
    const stolenTicks = openStealTime(path);
    expect(stolenTicks()).toBe(42);
    writeFileSync(path, 'cpu  1 2 3 4 5 6 7 43 9 10\ncpu0 1 2 3 4 5 6 7 41 9 10\n');
    expect(stolenTicks()).toBe(43);
  });

  it('is none where nobody tells of it', () => {
    expect(openStealTime('/no/such/file')()).toBe(0);
  });
});
