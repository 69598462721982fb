/** The rules see what they should: each mistake is made in a copy, planned, and judged by its rule. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withMistake } from '../mistake.ts';
import { IS_SKIPPED, NEEDS } from '../program.ts';
import { createWorkplace, type Workplace } from '../workplace.ts';
import { SETUP_MUTATIONS } from './mutations.ts';
import { planSetup } from './plans.ts';
import { SETUP_RULES } from './rules.ts';

describe.skipIf(IS_SKIPPED)(`a mistake in the builds is seen:${NEEDS}`, () => {
  let workplace: Workplace;
  beforeAll(() => {
    workplace = createWorkplace();
  });
  afterAll(() => workplace.remove());

  it.each(SETUP_MUTATIONS)('$mistake', async ({ caughtBy, ...mistake }) => {
    const rule = SETUP_RULES.find(({ sentence }) => sentence === caughtBy);
    const plan = await withMistake(workplace, mistake, () => planSetup(workplace, 'organization'));
    expect(rule?.violations(plan)).toContainEqual(expect.any(String));
  });
});

it('are more than twenty, and each rule is broken by one of them', () => {
  const broken = new Set(SETUP_MUTATIONS.map(({ caughtBy }) => caughtBy));
  expect(SETUP_MUTATIONS.length).toBeGreaterThan(20);
  expect(SETUP_RULES.map(({ sentence }) => sentence).filter((sentence) => !broken.has(sentence))).toEqual([]);
});
