/** What is true of the builds, however they are set up. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseHcl } from '../../../terraform/reference.ts';
import type { Plan } from '../plan.ts';
import { IS_SKIPPED, NEEDS } from '../program.ts';
import { createWorkplace, ROOT, type Workplace } from '../workplace.ts';
import { planSetup, SETUP_NAMES } from './plans.ts';
import { SETUP_RULES } from './rules.ts';

describe.skipIf(IS_SKIPPED)(`builds that are set up${NEEDS}`, () => {
  let workplace: Workplace;
  beforeAll(() => {
    workplace = createWorkplace();
  });
  afterAll(() => workplace.remove());

  describe.each(SETUP_NAMES)('%s', (name) => {
    let plan: Plan;
    beforeAll(async () => {
      plan = await planSetup(workplace, name);
    });

    it('have something', () => {
      expect(plan.resources.length).toBeGreaterThan(20);
    });

    it.each(SETUP_RULES.map((rule) => [rule.sentence, rule] as const))('%s', (_, { violations }) => {
      expect(violations(plan)).toEqual([]);
    });
  });
});

it('have a state that Terraform refuses to delete', async () => {
  const file = 'bootstrap/state.tf';
  const { resource } = await parseHcl(file, readFileSync(join(ROOT, file), 'utf8'));
  expect(resource).toMatchObject({
    google_storage_bucket: { state: [{ lifecycle: [{ prevent_destroy: true }] }] },
  });
});
