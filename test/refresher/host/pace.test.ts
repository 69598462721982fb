import { describe, expect, it } from 'vitest';
import { BURST, createPace, MAX_WAITING, PER_SECOND } from '../../../refresher/host/tasks/pace.ts';
import { requestCost, TREE_COST } from '../../../refresher/host/tasks/request-cost.ts';

/** A clock that is moved by hand. */
function createSetting() {
  let now = 0;
  const timers: { at: number; act: () => void }[] = [];
  const pace = createPace({
    nowMs: () => now,
    setTimer(ms, act) {
      timers.push({ at: now + ms, act });
      return () => undefined;
    },
  });
  let answered = 0;
  return {
    answered: () => answered,
    ask: (turns?: number) => pace(() => void (answered += 1), turns),
    pass(ms: number) {
      now += ms;
      for (const timer of timers.splice(0).toSorted((one, other) => one.at - other.at)) {
        if (timer.at <= now) timer.act();
        else timers.push(timer);
      }
    },
  };
}

const times = (count: number, act: () => unknown) => Array.from({ length: count }, act);

describe('the pace of a task', () => {
  it('lets a crowd pass at once, and makes who comes after it wait', () => {
    const setting = createSetting();
    times(BURST + 1, () => setting.ask());
    expect(setting.answered()).toBe(BURST + 1);
    times(10, () => setting.ask());
    expect(setting.answered()).toBe(BURST + 1);
    setting.pass((1_000 / PER_SECOND) * 10);
    expect(setting.answered()).toBe(BURST + 11);
  });

  it('has no more than so many wait, and says so of further ones', () => {
    const setting = createSetting();
    times(BURST + 1, () => setting.ask());
    expect(times(MAX_WAITING, () => setting.ask())).not.toContain(false);
    expect(times(1_000, () => setting.ask())).not.toContain(true);
    // those who were turned away cost nobody a turn
    setting.pass((1_000 / PER_SECOND) * MAX_WAITING);
    expect(setting.answered()).toBe(BURST + 1 + MAX_WAITING);
    expect(setting.ask()).toBe(true);
  });

  it('takes a tree of values for many requests', () => {
    const setting = createSetting();
    times(BURST / TREE_COST + 2, () => setting.ask(TREE_COST));
    expect(setting.answered()).toBe(BURST / TREE_COST + 1);
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
