/** What is true of each plan, whatever was chosen. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHOICES, DEPLOYMENT_NAMES, planDeployment } from './deployments.ts';
import type { Plan } from './plan.ts';
import { IS_SKIPPED, NEEDS } from './program.ts';
import { RULES } from './rules/all.ts';
import { createWorkplace, type Workplace } from './workplace.ts';

describe.skipIf(IS_SKIPPED)(`a plan${NEEDS}`, () => {
  let workplace: Workplace;
  beforeAll(() => {
    workplace = createWorkplace();
  });
  afterAll(() => workplace.remove());

  describe.each(DEPLOYMENT_NAMES)('%s', (name) => {
    let plan: Plan;
    beforeAll(async () => {
      plan = await planDeployment(workplace, name);
    });

    it('makes something', () => {
      expect(plan.resources.length).toBeGreaterThan(60);
    });

    it.each(RULES.map((rule) => [rule.sentence, rule] as const))('%s', (_, { violations }) => {
      expect(violations(plan, CHOICES[name])).toEqual([]);
    });
  });
});
