/**
 * A plan, as `terraform show -json` prints it: what there will be after the apply. Pure.
 * https://developer.hashicorp.com/terraform/internals/json-format
 */

import { isRecord, parseJson } from '../shared/unknown.ts';

export interface PlannedResource {
  readonly type: string;
  /** What it is called in its module. */
  readonly name: string;
  /** What is known before the apply. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** Throws where the text is no plan. */
export function plannedResources(json: string): readonly PlannedResource[] {
  const plan = parseJson(json);
  const planned = isRecord(plan) ? plan['planned_values'] : undefined;
  if (!isRecord(planned)) throw new Error('dist/plan.json is no plan: step plan writes it');
  return resourcesOf(planned['root_module']);
}

function resourcesOf(module: unknown): readonly PlannedResource[] {
  if (!isRecord(module)) return [];
  const own = listOf(module['resources']).filter(isResource);
  return [...own, ...listOf(module['child_modules']).flatMap(resourcesOf)];
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function isResource(value: unknown): value is PlannedResource {
  return (
    isRecord(value) &&
    typeof value['type'] === 'string' &&
    typeof value['name'] === 'string' &&
    isRecord(value['values'])
  );
}
