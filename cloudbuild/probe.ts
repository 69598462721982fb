/**
 * Step `probe`: does what was applied work, and is it closed? The probers of each region say.
 */

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { awaitProbers } from './await-probers.ts';
import { plannedResources } from './plan.ts';
import { createReadEntries } from './probe-log.ts';
import { probersOf } from './probers.ts';

/** A new VM, its first start, two rounds of five minutes, and time for permissions to spread. */
const PATIENCE_MS = 40 * 60_000;
const PAUSE_MS = 20_000;

const say = (line: string) => void process.stdout.write(`probe: ${line}\n`);

async function main(): Promise<void> {
  const probers = probersOf(plannedResources(readFileSync('dist/plan.json', 'utf8')));
  if (probers.length === 0) throw new Error('the plan has no prober, so nobody knows whether it works');
  const appliedAt = readFileSync('dist/applied-at', 'utf8').trim();
  const deadlineMs = Date.now() + PATIENCE_MS;
  for (const { projectId, regions } of probers) {
    say(`waiting for a whole round since ${appliedAt} in ${regions.join(', ')} (${projectId})`);
    await awaitProbers(regions, deadlineMs, {
      readEntries: createReadEntries(projectId, appliedAt),
      nowMs: Date.now,
      pause: () => sleep(PAUSE_MS),
      say,
    });
  }
}

if (process.env['APPLY'] === 'yes') {
  await main().catch((error: unknown) => {
    process.stderr.write(`probe: ${error instanceof Error ? error.message : 'failed'}\n`);
    process.exitCode = 1;
  });
} else say(`_APPLY is ${process.env['APPLY'] ?? 'not set'}, so nothing was applied`);
