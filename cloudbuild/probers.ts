/**
 * Where probers will be, by a plan. Pure.
 */

import type { PlannedResource } from './plan.ts';

export interface Probers {
  readonly projectId: string;
  readonly regions: readonly string[];
}

/** Of each project. Empty where the environment has no prober. */
export function probersOf(resources: readonly PlannedResource[]): readonly Probers[] {
  const groups = resources
    .filter(({ type, name }) => type === 'google_compute_region_instance_group_manager' && name === 'prober')
    .map(({ values: { project, region } }) => ({ project, region }));
  const projects = new Map<string, string[]>();
  for (const { project, region } of groups) {
    if (typeof project !== 'string' || typeof region !== 'string') continue;
    projects.set(project, [...(projects.get(project) ?? []), region]);
  }
  return [...projects].map(([projectId, regions]) => ({ projectId, regions: regions.toSorted() }));
}
