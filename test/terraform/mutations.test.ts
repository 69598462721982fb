/** The rules see what they should: each mistake is made in a copy of the module, planned, and judged by its rule. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHOICES, planDeployment, type DeploymentName } from './deployments.ts';
import { withMistake } from './mistake.ts';
import { MUTATIONS } from './mutations.ts';
import { IS_SKIPPED, NEEDS } from './program.ts';
import { RULES } from './rules/all.ts';
import { createWorkplace, type Workplace } from './workplace.ts';

describe.skipIf(IS_SKIPPED)(`a mistake is seen:${NEEDS}`, () => {
  let workplace: Workplace;
  beforeAll(() => {
    workplace = createWorkplace();
  });
  afterAll(() => workplace.remove());

  it.each(MUTATIONS)('$mistake', async ({ file, from, to, caughtBy, deployment }) => {
    const name: DeploymentName = deployment ?? 'standard';
    const rule = RULES.find(({ sentence }) => sentence === caughtBy);
    const mistake = { file: `terraform/${file}`, from, to };
    const plan = await withMistake(workplace, mistake, () => planDeployment(workplace, name));
    expect(rule?.violations(plan, CHOICES[name])).toContainEqual(expect.any(String));
  });
});

it('are more than twenty, and each rule is broken by one of them', () => {
  const broken = new Set(MUTATIONS.map(({ caughtBy }) => caughtBy));
  expect(MUTATIONS.length).toBeGreaterThan(20);
  expect(RULES.map(({ sentence }) => sentence).filter((sentence) => !broken.has(sentence))).toEqual([]);
});
