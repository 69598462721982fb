/** What is read from a plan: which archives it deploys, and where its probers are. */

import { describe, expect, it } from 'vitest';
import { plannedResources } from '../../cloudbuild/plan.ts';
import { comparePlanned } from '../../cloudbuild/planned-archives.ts';
import { probersOf } from '../../cloudbuild/probers.ts';

const BUILT = { functions: 'a'.repeat(64), worker: 'b'.repeat(64) };

const object = (name: string) => ({
  type: 'google_storage_bucket_object',
  name: 'archives',
  values: { name },
});
const functions = object(`functions-${BUILT.functions}.zip`);
const worker = object(`worker-${BUILT.worker}.tar.gz`);
const prober = (project: string, region: string) => ({
  type: 'google_compute_region_instance_group_manager',
  name: 'prober',
  values: { project, region },
});

describe('a plan', () => {
  it('is read with its modules', () => {
    const inner = { resources: [worker], child_modules: [{ resources: [prober('p', 'r')] }] };
    const plan = { planned_values: { root_module: { resources: [functions], child_modules: [inner] } } };
    expect(plannedResources(JSON.stringify(plan))).toEqual([functions, worker, prober('p', 'r')]);
  });

  it.each(['', 'Error: no plan', '[]', '{"format_version":"1.2"}'])('is not %j', (text) => {
    expect(() => plannedResources(text)).toThrow('dist/plan.json is no plan');
  });
});

describe('the archives of a plan', () => {
  it('are those that were built', () => {
    expect(comparePlanned([functions, object('hello.txt'), worker], BUILT)).toEqual([
      `dist/functions.zip: sha256 ${BUILT.functions} is what the plan deploys`,
      `dist/worker.tar.gz: sha256 ${BUILT.worker} is what the plan deploys`,
    ]);
  });

  it.each([
    ['the functions are not there', [worker], 'no dist/functions.zip'],
    [
      'the functions are of another build',
      [object(`functions-${'c'.repeat(64)}.zip`), worker],
      'c'.repeat(64),
    ],
    [
      'the worker package is of another build',
      [functions, object(`worker-${'d'.repeat(64)}.tar.gz`)],
      'd'.repeat(64),
    ],
    [
      'one of two regions has another',
      [functions, object(`functions-${'e'.repeat(64)}.zip`), worker],
      'e'.repeat(64),
    ],
    ['a name says nothing', [object('functions-latest.zip'), worker], 'no dist/functions.zip'],
  ])('stop the build where %s', (_, resources, says) => {
    expect(() => comparePlanned(resources, BUILT)).toThrow(says);
  });
});

describe('the probers of a plan', () => {
  it('are in each region, by project', () => {
    const planned = [
      prober('acme', 'us-central1'),
      functions,
      prober('acme', 'europe-west1'),
      prober('other', 'asia-east1'),
    ];
    expect(probersOf(planned)).toEqual([
      { projectId: 'acme', regions: ['europe-west1', 'us-central1'] },
      { projectId: 'other', regions: ['asia-east1'] },
    ]);
  });

  it('are no other groups of VMs', () => {
    expect(probersOf([{ ...prober('acme', 'us-central1'), name: 'workers' }, functions])).toEqual([]);
  });
});
