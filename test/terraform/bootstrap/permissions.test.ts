/** Who builds may do what a deployment takes, and no more: each kind of resource that some deployment plans, against the tables. */

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  README,
  readPermissions,
  renderPermissions,
  type ByKind,
  type Permissions,
} from '../../../bootstrap/permissions.ts';
import { withTables } from '../../../terraform/reference.ts';
import { DEPLOYMENT_NAMES, planDeployment } from '../deployments.ts';
import { bindingsOf, ofType, text, type Plan } from '../plan.ts';
import { IS_SKIPPED, NEEDS } from '../program.ts';
import { createWorkplace, type Workplace } from '../workplace.ts';
import { planSetup } from './plans.ts';

let permissions: Permissions;
beforeAll(async () => {
  permissions = await readPermissions();
});

describe.skipIf(IS_SKIPPED)(`who builds${NEEDS}`, () => {
  let workplace: Workplace;
  let deployments: readonly Plan[];
  let kinds: readonly string[];
  let setup: Plan;
  beforeAll(async () => {
    workplace = createWorkplace();
    // one after the other: each takes a processor
    const plans: Plan[] = [];
    for (const name of DEPLOYMENT_NAMES) plans.push(await planDeployment(workplace, name));
    deployments = plans;
    kinds = [...new Set(plans.flatMap(({ resources }) => resources.map(({ type }) => type)))].toSorted();
    setup = await planSetup(workplace, 'organization');
  });
  afterAll(() => workplace.remove());

  const missing = (...tables: ByKind[]) =>
    kinds.filter((kind) => !tables.some((table) => (table[kind] ?? []).length > 0));
  const unneeded = (...tables: ByKind[]) =>
    tables.flatMap((table) => Object.keys(table)).filter((kind) => !kinds.includes(kind));

  it('makes by some role each kind of resource that is deployed', () => {
    expect(missing(permissions.apply, permissions.applyOutside)).toEqual([]);
  });

  it('reads by some role each kind of resource that is deployed', () => {
    expect(missing(permissions.plan, permissions.planOutside)).toEqual([]);
  });

  it('may nothing for a kind of resource that is never deployed', () => {
    const { plan, apply, planOutside, applyOutside } = permissions;
    expect(unneeded(plan, apply, planOutside, applyOutside)).toEqual([]);
  });

  it('has the roles of the tables', () => {
    const roles = (table: ByKind) =>
      Object.values(table)
        .flat()
        .filter((name) => name.startsWith('roles/'));
    const held = bindingsOf(setup)
      .filter(({ on, member }) => on === 'acme-vending' && member.startsWith('serviceAccount:'))
      .flatMap(({ role }) => (role.startsWith('roles/') ? [role] : []));
    expect([...new Set(held)].toSorted()).toEqual(
      [...new Set([...roles(permissions.plan), ...roles(permissions.apply)])].toSorted(),
    );
  });

  it('has the permissions of the tables', () => {
    const held = (id: string) =>
      ofType(setup, 'google_project_iam_custom_role')
        .filter(({ values }) => text(values['role_id']) === id)
        .flatMap(({ values }) => values['permissions'] as string[]);
    const listed = (table: ByKind) =>
      [...new Set(Object.values(table).flat())].filter((name) => !name.startsWith('roles/')).toSorted();
    expect(held('vending_plan').toSorted()).toEqual(listed(permissions.plan));
    const forProbe = ['logging.logEntries.list'];
    expect(held('vending_apply').toSorted()).toEqual([...listed(permissions.apply), ...forProbe].toSorted());
  });

  it('may give exactly the roles that a deployment gives in its project', () => {
    const given = deployments
      .flatMap((plan) => ofType(plan, 'google_project_iam_member'))
      .filter(({ values }) => values['project'] === 'acme-vending')
      .map(({ values }) => text(values['role']));
    const [condition = ''] = bindingsOf(setup).flatMap(({ role, condition: expression = '' }) =>
      role === 'roles/resourcemanager.projectIamAdmin' ? [expression] : [],
    );
    const allowed = Array.from(condition.matchAll(/'((?:roles|projects)\/[^']+)'/g), ([, role = '']) => role);
    expect(allowed.toSorted()).toEqual([...new Set(given)].toSorted());
  });

  it('gives in projects of targets no role at all', () => {
    const given = deployments
      .flatMap((plan) => ofType(plan, 'google_project_iam_member'))
      .filter(({ values }) => values['project'] !== 'acme-vending');
    expect(given.map(({ address }) => address)).toEqual([]);
  });
});

describe('bootstrap/README.md', () => {
  it('has tables that are current: npm run docs:terraform', () => {
    const withoutAlignment = (document: string) =>
      document.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---');
    const document = readFileSync(README, 'utf8');
    const current = withTables(document, 'permissions', renderPermissions(permissions));
    expect(withoutAlignment(document)).toBe(withoutAlignment(current));
  });
});
