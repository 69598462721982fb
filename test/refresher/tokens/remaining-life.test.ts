import * as fc from '../../support/properties.ts';
import { describe, expect, it } from 'vitest';
import { createLifeTime, expiryMs, remainingSeconds } from '../../../refresher/tokens/remaining-life.ts';
import { HOUR, MINUTE, SECOND } from '../../support/domain/clock.ts';
import { createAcceleratedClock } from './accelerated-clock.ts';

function setUp() {
  const clock = createAcceleratedClock();
  const nowMs = createLifeTime(clock);
  const startedAt = nowMs();
  return { clock, passed: () => nowMs() - startedAt };
}

describe('the time that a life is counted in', () => {
  it('runs with the clocks while they agree', async () => {
    const { clock, passed } = setUp();
    await clock.pass(HOUR);
    expect(passed()).toBe(HOUR);
  });

  it('goes on while the machine sleeps', async () => {
    const { clock, passed } = setUp();
    await clock.pass(MINUTE);
    clock.sleep(2 * HOUR);
    await clock.pass(MINUTE);
    expect(passed()).toBe(2 * HOUR + 2 * MINUTE);
  });

  it('goes on with a wall clock that is set forward, and does not return with it', () => {
    const { clock, passed } = setUp();
    clock.setWall(HOUR);
    expect(passed()).toBe(HOUR);
    clock.setWall(-HOUR);
    expect(passed()).toBe(HOUR);
  });

  it.each([SECOND, HOUR, 1e12])('is not held back by a wall clock that is set back by %d ms', async (ms) => {
    const { clock, passed } = setUp();
    clock.setWall(-ms);
    await clock.pass(MINUTE);
    expect(passed()).toBe(MINUTE);
  });

  it('sees a sleep after the wall clock was set back', () => {
    const { clock, passed } = setUp();
    clock.setWall(-HOUR);
    expect(passed()).toBe(0);
    clock.sleep(HOUR);
    expect(passed()).toBe(HOUR);
  });

  it('sees many sleeps, each too short to be told from rounding', () => {
    const { clock, passed } = setUp();
    for (let sleeps = 0; sleeps < 100; sleeps += 1) {
      clock.sleep(600);
      passed();
    }
    expect(passed()).toBeGreaterThan(59 * SECOND);
  });

  it('is not hurried by being asked often, although the wall clock counts whole milliseconds alone', () => {
    let monotonic = 0;
    const nowMs = createLifeTime({ wallMs: () => Math.floor(monotonic), monotonicMs: () => monotonic });
    for (; monotonic < 2_000; monotonic += 0.1) nowMs();
    expect(nowMs()).toBe(monotonic);
  });

  it('never goes back, and never falls behind the monotonic clock, whatever happens to the other', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: -HOUR, max: HOUR }), fc.nat(HOUR)), { maxLength: 30 });
    fc.assert(
      fc.property(steps, (happened) => {
        let [wall, monotonic] = [1e12, 0];
        const nowMs = createLifeTime({ wallMs: () => wall, monotonicMs: () => monotonic });
        let before = nowMs();
        for (const [set, passes] of happened) {
          wall += set + passes;
          monotonic += passes;
          const now = nowMs();
          expect(now - before).toBeGreaterThanOrEqual(passes);
          before = now;
        }
      }),
    );
  });
});

describe('the end of a token', () => {
  it('counts from the answer', () => {
    expect(expiryMs(900, 1_000, 1_000 + 4_900)).toBe(5_900 + 900_000);
  });

  it('counts from the question where the answer may be old', () => {
    expect(expiryMs(900, 1_000, 1_000 + HOUR)).toBe(1_000 + 900_000);
  });

  it.each([
    { leftMs: 5_999, seconds: 5 },
    { leftMs: 1_000, seconds: 1 },
    { leftMs: 999, seconds: 0 },
    { leftMs: -1, seconds: -1 },
  ])('is told as $seconds s with $leftMs ms left', ({ leftMs, seconds }) => {
    expect(remainingSeconds(10_000 + leftMs, 10_000)).toBe(seconds);
  });
});
