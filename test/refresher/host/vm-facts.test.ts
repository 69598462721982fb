import { describe, expect, it } from 'vitest';
import { createVmFacts, FACTS_KEPT_MS } from '../../../refresher/host/tasks/vm-facts.ts';

/** A server that remembers what it was asked, and fails when it is told to. */
function setUp() {
  let now = 0;
  let isDown = false;
  const asked: string[] = [];
  const facts = createVmFacts({
    async ask(path) {
      asked.push(path);
      if (isDown) throw new Error('nobody answers');
      return { status: 200, body: `${path} ${asked.length}` };
    },
    nowMs: () => now,
  });
  return {
    asked,
    facts,
    pass: (ms: number) => void (now += ms),
    fail: (fails: boolean) => void (isDown = fails),
  };
}

describe('what tasks are told of their VM', () => {
  it('is asked once for a crowd, and again after a moment', async () => {
    const { asked, facts, pass } = setUp();
    await Promise.all([facts('zone'), facts('zone'), facts('name')]);
    expect(await facts('zone')).toEqual({ status: 200, body: 'zone 1' });
    expect(asked).toEqual(['zone', 'name']);
    pass(FACTS_KEPT_MS);
    expect(await facts('zone')).toEqual({ status: 200, body: 'zone 3' });
  });

  it('is asked for a few things at a time, whoever wants all of them', async () => {
    const open: (() => void)[] = [];
    const facts = createVmFacts({
      ask: (path) => new Promise((resolve) => open.push(() => resolve({ status: 200, body: path }))),
      nowMs: () => 0,
    });
    const all = ['zone', 'name', 'id', 'image', 'region'];
    const told = Promise.all(all.map(facts));
    for (let answered = 0; answered < all.length; answered += 1) {
      await new Promise(setImmediate);
      expect(open.length).toBeLessThanOrEqual(answered + 2);
      open[answered]?.();
    }
    expect((await told).map((answer) => answer?.body)).toEqual(all);
  });

  it('is asked anew at once where nobody answered', async () => {
    const { asked, facts, fail } = setUp();
    fail(true);
    await expect(facts('zone')).rejects.toThrow('nobody answers');
    fail(false);
    expect(await facts('zone')).toMatchObject({ status: 200 });
    expect(asked).toEqual(['zone', 'zone']);
  });
});
