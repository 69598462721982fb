import { describe, expect, it } from 'vitest';
import { BURST, createPace, MAX_WAITING, PER_SECOND } from '../../../refresher/host/tasks/pace.ts';
import { requestCost, TREE_COST } from '../../../refresher/host/tasks/request-cost.ts';
import { createAcceleratedClock } from '../tokens/accelerated-clock.ts';

function setUp() {
  const clock = createAcceleratedClock();
  const pace = createPace({ nowMs: () => clock.monotonicMs(), setTimer: clock.setTimer });
  const answered: number[] = [];
  let asked = 0;
  return {
    clock,
    answered,
    /** How many of them are never answered. */
    ask: (times: number, turns?: number) => {
      let turnedAway = 0;
      for (let time = 0; time < times; time += 1) {
        const number = asked;
        asked += 1;
        if (!pace(() => void answered.push(number), turns)) turnedAway += 1;
      }
      return turnedAway;
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
    ask(BURST + PER_SECOND);
    await clock.pass(500);
    expect(answered.length).toBeGreaterThanOrEqual(BURST + PER_SECOND / 2);
    expect(answered.length).toBeLessThanOrEqual(BURST + PER_SECOND / 2 + 1);
    await clock.pass(500);
    expect(answered).toEqual(Array.from({ length: BURST + PER_SECOND }, (_, at) => at));
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

  it('has no more than so many wait, and says so of further ones, which cost nobody a turn', async () => {
    const { answered, ask, clock } = setUp();
    expect(ask(BURST + MAX_WAITING)).toBe(0);
    expect(ask(1_000)).toBe(1_000);
    await clock.pass((1_000 / PER_SECOND) * MAX_WAITING);
    expect(answered).toHaveLength(BURST + MAX_WAITING);
    expect(ask(1)).toBe(0);
  });

  it('takes a tree of values for many requests', () => {
    const { answered, ask } = setUp();
    ask(BURST, TREE_COST);
    expect(answered).toHaveLength(BURST / TREE_COST);
  });
});

describe('a request', () => {
  it.each([
    ['/computeMetadata/v1/?recursive=true', TREE_COST],
    ['/computeMetadata/v1/instance/?alt=json&recursive=TRUE', TREE_COST],
    ['/computeMetadata/v1/?recursiv%65=true', TREE_COST],
    ['http://169.254.169.254/computeMetadata/v1/?x=1&recursive', TREE_COST],
    ['/computeMetadata/v1/instance/zone', 1],
    ['/computeMetadata/v1/instance/service-accounts/default/identity?audience=https://recursive.example', 1],
    ['?', 1],
    ['', 1],
  ])('for %s costs %i', (url, cost) => {
    expect(requestCost(url)).toBe(cost);
  });
});
