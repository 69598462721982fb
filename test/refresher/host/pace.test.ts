import { describe, expect, it } from 'vitest';
import { BURST, createPace, PER_SECOND } from '../../../refresher/host/tasks/pace.ts';
import { createAcceleratedClock } from '../tokens/accelerated-clock.ts';

function setUp() {
  const clock = createAcceleratedClock();
  const pace = createPace({ nowMs: () => clock.monotonicMs(), setTimer: clock.setTimer });
  const answered: number[] = [];
  let asked = 0;
  return {
    clock,
    answered,
    ask: (times: number) => {
      for (let time = 0; time < times; time += 1) {
        const number = asked;
        asked += 1;
        pace(() => void answered.push(number));
      }
    },
  };
}

describe('the pace of a task', () => {
  it('lets a crowd of programs that start at once through without a wait', () => {
    const { answered, ask, clock } = setUp();
    ask(BURST);
    expect(answered).toHaveLength(BURST);
    expect(clock.pending()).toBe(0);
  });

  it('lets a task that never stops asking wait, in the order in which it asked', async () => {
    const { answered, ask, clock } = setUp();
    ask(BURST + 3 * PER_SECOND);
    await clock.pass(1_000);
    expect(answered.length).toBeGreaterThanOrEqual(BURST + PER_SECOND);
    expect(answered.length).toBeLessThanOrEqual(BURST + PER_SECOND + 1);
    await clock.pass(2_000);
    expect(answered).toEqual(Array.from({ length: BURST + 3 * PER_SECOND }, (_, at) => at));
    expect(clock.pending()).toBe(0);
  });

  it('never lets one through that asks at exactly the pace wait', async () => {
    const { answered, ask, clock } = setUp();
    for (let time = 1; time <= 2_000; time += 1) {
      ask(1);
      expect(answered).toHaveLength(time);
      await clock.pass(1_000 / PER_SECOND);
    }
  });

  it('saves up no more than one crowd in a quiet hour', async () => {
    const { answered, ask, clock } = setUp();
    ask(BURST);
    await clock.pass(3_600_000);
    ask(BURST + 1);
    expect(answered).toHaveLength(2 * BURST);
    await clock.pass(1_000 / PER_SECOND);
    expect(answered).toHaveLength(2 * BURST + 1);
  });
});
