import { describe, expect, it } from 'vitest';
import {
  AT_ONCE,
  BURST,
  createPace,
  MAX_WAITING,
  PEAK_PER_SECOND,
  PER_SECOND,
} from '../../../refresher/host/pacing/pace.ts';
import {
  ACCOUNT_COST,
  CONNECTION_COST,
  requestCost,
  TREE_COST,
} from '../../../refresher/host/pacing/cost.ts';
import { LIMITS } from '../../../refresher/host/tasks/task-server.ts';
import { createAcceleratedClock } from '../tokens/accelerated-clock.ts';

/** So long a crowd takes. */
const CROWD_MS = (BURST / PEAK_PER_SECOND) * 1_000;

function setUp() {
  const clock = createAcceleratedClock();
  const pace = createPace({ nowMs: () => clock.monotonicMs(), setTimer: clock.setTimer });
  const answered: number[] = [];
  let asked = 0;
  return {
    clock,
    answered,
    ...pace,
    /** How many of them are never answered. */
    ask: (times: number, turns?: number) => {
      let turnedAway = 0;
      for (let time = 0; time < times; time += 1) {
        const number = asked;
        asked += 1;
        if (!pace.whenDue(() => void answered.push(number), turns)) turnedAway += 1;
      }
      return turnedAway;
    },
  };
}

describe('the pace of a task', () => {
  it('lets a crowd of programs that start at once through, with room for others in between', async () => {
    const { answered, ask, clock } = setUp();
    ask(BURST);
    expect(answered).toHaveLength(AT_ONCE);
    for (let ms = 1; ms <= CROWD_MS; ms += 1) {
      await clock.pass(1);
      expect(answered.length).toBeLessThanOrEqual(AT_ONCE + ms * (PEAK_PER_SECOND / 1_000));
    }
    expect(answered).toHaveLength(BURST);
    expect(clock.pending()).toBe(0);
  });

  it('lets as many programs as may have connections in, and answers each, within a second', async () => {
    const { answered, ask, whenDue, clock } = setUp();
    for (let one = 0; one < LIMITS.connections; one += 1) whenDue(() => void ask(1), CONNECTION_COST);
    await clock.pass(1_000);
    expect(answered).toHaveLength(LIMITS.connections);
  });

  it('lets a task that never stops asking wait, and answers everything in the end', async () => {
    const { answered, ask, clock } = setUp();
    const wanted = AT_ONCE + MAX_WAITING;
    ask(wanted);
    await clock.pass(200);
    expect(answered.length).toBeGreaterThanOrEqual(BURST + PER_SECOND / 5);
    expect(answered.length).toBeLessThanOrEqual(BURST + PER_SECOND / 5 + 1);
    await clock.pass(800);
    expect(answered.toSorted((a, b) => a - b)).toEqual(Array.from({ length: wanted }, (_, at) => at));
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
    ask(AT_ONCE + MAX_WAITING);
    await clock.pass(CROWD_MS);
    const meanwhile = (PER_SECOND / 1_000) * CROWD_MS;
    expect(answered.length).toBeLessThanOrEqual(2 * BURST + meanwhile + 1);
  });

  it('has no more than so many wait, and says so of further ones, which cost nobody a turn', async () => {
    const { answered, ask, clock } = setUp();
    expect(ask(AT_ONCE + MAX_WAITING)).toBe(0);
    expect(ask(1_000)).toBe(1_000);
    await clock.pass((1_000 / PER_SECOND) * MAX_WAITING);
    expect(answered).toHaveLength(AT_ONCE + MAX_WAITING);
    expect(ask(1)).toBe(0);
  });

  it('lets those that come next wait for what was done without waiting', async () => {
    const { answered, ask, charge, clock } = setUp();
    charge(AT_ONCE + 1);
    ask(1);
    expect(answered).toHaveLength(0);
    await clock.pass(1);
    expect(answered).toHaveLength(1);
    charge(BURST + PER_SECOND);
    ask(1);
    await clock.pass(999);
    expect(answered).toHaveLength(1);
    await clock.pass(50);
    expect(answered).toHaveLength(2);
  });

  it('lets those that wait already wait for it as well', async () => {
    const { answered, ask, charge, clock } = setUp();
    ask(AT_ONCE + 2);
    charge(BURST + PER_SECOND);
    await clock.pass(999);
    expect(answered).toHaveLength(AT_ONCE);
    await clock.pass(50);
    expect(answered).toHaveLength(AT_ONCE + 2);
  });

  it('answers who comes after a hundred that have given up soon, and those in the end', async () => {
    const { answered, ask, clock } = setUp();
    ask(AT_ONCE + 100);
    await clock.pass(2);
    const before = answered.length;
    ask(1);
    await clock.pass(1);
    expect(answered.slice(before)).toContain(AT_ONCE + 100);
    await clock.pass(CROWD_MS);
    expect(answered).toHaveLength(AT_ONCE + 101);
  });

  it('lets nobody wait for ever, however many come later', async () => {
    const { answered, ask, clock } = setUp();
    ask(AT_ONCE + 1);
    for (let ms = 1; ms <= 20; ms += 1) {
      ask(PEAK_PER_SECOND / 1_000);
      await clock.pass(1);
    }
    expect(answered).toContain(AT_ONCE);
  });

  it('takes a tree of values for many requests', async () => {
    const { answered, ask, clock } = setUp();
    ask(BURST, TREE_COST);
    await clock.pass(1_000);
    expect(answered).toHaveLength((BURST + PER_SECOND) / TREE_COST);
  });
});

describe('a request', () => {
  it.each([
    ['/computeMetadata/v1/?recursive=true', TREE_COST],
    ['/computeMetadata/v1/instance/?alt=json&recursive=TRUE', TREE_COST],
    ['/computeMetadata/v1/?recursiv%65=true', TREE_COST],
    ['http://169.254.169.254/computeMetadata/v1/?x=1&recursive', TREE_COST],
    ['/computeMetadata/v1/instance/service-accounts/?recursive=true', TREE_COST],
    ['/computeMetadata/v1/instance/service-accounts/../?recursive=true', TREE_COST],
    ['/computeMetadata/v1/instance/service-accounts/default/..?recursive=true', TREE_COST],
    ['/computeMetadata/v1/instance/service-accounts/default/?recursive=true', ACCOUNT_COST],
    [
      '/computeMetadata/v1/instance/service-accounts/trainer@acme.iam.gserviceaccount.com?recursive',
      ACCOUNT_COST,
    ],
    ['/computeMetadata/v1/instance/zone', 1],
    ['/computeMetadata/v1/instance/service-accounts/default/identity?audience=https://recursive.example', 1],
    ['?', 1],
    ['', 1],
  ])('for %s costs %i', (url, cost) => {
    expect(requestCost(url)).toBe(cost);
  });
});
