/**
 * The end of step `plan`: what is planned has to be what this build made, and what its tests ran.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { plannedResources, type PlannedResource } from './plan.ts';

/** What an object's name begins with → what was built. */
const BUILT = { functions: 'dist/functions.zip', worker: 'dist/worker.tar.gz' } as const;

type Digests = Readonly<Record<keyof typeof BUILT, string>>;

/**
 * Pure. A line for each archive that is as it was built. Throws where a plan has none, or another one; objects are named
 * by the SHA-256 of what is in them.
 */
export function comparePlanned(resources: readonly PlannedResource[], built: Digests): readonly string[] {
  const names = resources
    .filter(({ type }) => type === 'google_storage_bucket_object')
    .map(({ values }) => values['name'])
    .filter((name) => typeof name === 'string');
  return Object.entries(BUILT).map(([archive, file]) => {
    const digest = archive === 'functions' ? built.functions : built.worker;
    const planned = names.flatMap(
      (name) => new RegExp(`^${archive}-([0-9a-f]{64})\\.`).exec(name)?.[1] ?? [],
    );
    if (planned.length === 0) {
      throw new Error(`the plan deploys no ${file}: does the environment use this repository's module?`);
    }
    const others = planned.filter((one) => one !== digest);
    if (others.length > 0) {
      throw new Error(
        `the plan deploys another ${file} (${others.join(', ')}) than this build made (${digest}): let the environment name ${file}`,
      );
    }
    return `${file}: sha256 ${digest} is what the plan deploys`;
  });
}

function digestOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

if (import.meta.main) {
  const built = { functions: digestOf(BUILT.functions), worker: digestOf(BUILT.worker) };
  try {
    const lines = comparePlanned(plannedResources(readFileSync('dist/plan.json', 'utf8')), built);
    process.stdout.write(`${lines.join('\n')}\n`);
  } catch (error) {
    process.stderr.write(`plan: ${error instanceof Error ? error.message : 'failed'}\n`);
    process.exitCode = 1;
  }
}
