/**
 * A plan as data: what there will be, as far as it is known before an apply.
 */

import { planJson } from './program.ts';
import type { Workplace } from './workplace.ts';

export type Values = Readonly<Record<string, unknown>>;

export interface Resource {
  /** `module.a.type.name["key"]`. */
  readonly address: string;
  readonly type: string;
  /** What is not known yet is not there. */
  readonly values: Values;
}

export interface Plan {
  readonly resources: readonly Resource[];
  readonly outputs: Readonly<Record<string, { readonly value?: unknown }>>;
}

interface Module {
  readonly resources?: readonly Resource[];
  readonly child_modules?: readonly Module[];
}

/** Throws what the program says where there is no plan. */
export async function planOf(
  workplace: Workplace,
  folder: string,
  variables: readonly string[],
): Promise<Plan> {
  const { code, output } = await planJson(workplace.path(folder), variables);
  if (code !== 0) throw new Error(output);
  const { planned_values: planned } = JSON.parse(output) as {
    planned_values: { root_module: Module; outputs?: Plan['outputs'] };
  };
  return { resources: resourcesOf(planned.root_module), outputs: planned.outputs ?? {} };
}

function resourcesOf({ resources = [], child_modules: modules = [] }: Module): readonly Resource[] {
  return [...resources, ...modules.flatMap(resourcesOf)];
}

export const ofType = ({ resources }: Plan, type: string) => resources.filter((one) => one.type === type);

/** The only block of that name. */
export function block(values: Values, name: string): Values {
  const [first] = (values[name] ?? []) as readonly Values[];
  return first ?? {};
}

export const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** One permission of somebody: a role on something. */
export interface Binding {
  readonly address: string;
  readonly role: string;
  readonly member: string;
  /** What it is given on, as far as the resource says. */
  readonly on: string;
  /** The expression of its condition. */
  readonly condition: string | undefined;
}

/** Every permission that a plan gives, whatever kind of resource gives it. */
export function bindingsOf({ resources }: Plan): readonly Binding[] {
  return resources.flatMap(({ address, values }) => {
    const condition = text(block(values, 'condition')['expression']) || undefined;
    const on = text(
      values['service_account_id'] ??
        values['crypto_key_id'] ??
        values['bucket'] ??
        values['repository'] ??
        values['name'] ??
        values['project'] ??
        values['org_id'],
    );
    const members = [values['member'], ...((values['members'] ?? []) as unknown[])];
    const direct = members
      .filter((member) => typeof member === 'string')
      .map((member) => ({ role: text(values['role']), member }));
    return [...direct, ...policyBindings(values)].map((one) => ({ ...one, address, on, condition }));
  });
}

function policyBindings(values: Values): readonly Pick<Binding, 'role' | 'member'>[] {
  const data = text(values['policy_data']);
  if (data === '') return [];
  const { bindings } = JSON.parse(data) as { bindings: { role: string; members: string[] }[] };
  return bindings.flatMap(({ role, members }) => members.map((member) => ({ role, member })));
}
