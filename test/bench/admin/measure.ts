/**
 * The operator's command, as it is built, with ten thousand principals and a hundred thousand grants against the emulator:
 * the plan beside reading the same documents with the Firestore client alone, and an apply of a thousand changes.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { startFirestoreEmulator } from '../../support/firestore/emulator.ts';
import { tether } from '../../support/processes/tether.ts';
import { differenceFigure, ratioFigure, type Figure } from '../figure.ts';
import type { BenchOptions } from '../options.ts';
import { companyFile } from './company.ts';

const COMMAND = fileURLToPath(new URL('../../../dist/token-vending.mjs', import.meta.url));
const READER = fileURLToPath(new URL('bare-reader.ts', import.meta.url));
const PROJECT = 'bench-admin';
const CHANGES = 1000;
const PLAN_AT_MOST_MS = 10_000;
const PLAN_AT_MOST_MIB = 400;
const APPLY_AT_MOST_MS = 30_000;

/** The most memory that the process has had, in KiB, on the last line of what it says. */
const SAY_MEMORY =
  "data:text/javascript,process.on('exit',()=>console.error('maxRSS',process.resourceUsage().maxRSS))";

interface Run {
  readonly ms: number;
  readonly mib: number;
}

export async function measureAdmin({ quick }: BenchOptions): Promise<readonly Figure[]> {
  const emulator = await startFirestoreEmulator();
  const folder = mkdtempSync(join(tmpdir(), 'bench-admin-'));
  const write = (name: string, contents: string) => {
    writeFileSync(join(folder, name), contents);
    return join(folder, name);
  };
  try {
    const files = [
      write('company.yaml', companyFile()),
      write('changed.yaml', companyFile(CHANGES)),
    ] as const;
    const run = (...words: readonly string[]) => runNode(emulator.host, words);
    // as the first line of the bundle starts it
    const command = (...words: readonly string[]) =>
      run('--max-semi-space-size=4', COMMAND, ...words, '--project', PROJECT);
    await command('grants', 'apply', files[0], '--yes');
    const plans: Run[] = [];
    const reads: Run[] = [];
    const applies: Run[] = [];
    for (let round = 1; round <= (quick ? 1 : 5); round += 1) {
      const file = files[round % 2] ?? files[0];
      reads.push(await run(READER, PROJECT));
      plans.push(await command('grants', 'plan', file));
      applies.push(await command('grants', 'apply', file, '--yes', '--allow-widenings'));
    }
    return figures(plans, reads, applies);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await emulator.stop();
  }
}

async function runNode(host: string, words: readonly string[]): Promise<Run> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    FIRESTORE_EMULATOR_HOST: host,
    METADATA_SERVER_DETECTION: 'none',
  };
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['--import', SAY_MEMORY, ...words], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  tether(child);
  const [said, [exitCode]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  const ms = performance.now() - startedAt;
  if (exitCode !== 0) throw new Error(`${words.join(' ')} ended with ${String(exitCode)}: ${said}`);
  const kib = Number(/maxRSS (\d+)\s*$/.exec(said)?.[1]);
  return { ms, mib: kib / 1024 };
}

function figures(plans: readonly Run[], reads: readonly Run[], applies: readonly Run[]): readonly Figure[] {
  const nothing = plans.map(() => 0);
  const times = (runs: readonly Run[]) => runs.map(({ ms }) => ms);
  const name = 'admin: plan of 10 000 principals, 100 000 grants';
  return [
    differenceFigure({
      name,
      unit: 'ms',
      ours: times(plans),
      baseline: nothing,
      bound: { atMost: PLAN_AT_MOST_MS },
    }),
    ratioFigure({
      name: `${name}, beside reading them`,
      unit: 'ms',
      ours: times(plans),
      baseline: times(reads),
    }),
    differenceFigure({
      name: `${name}: most memory`,
      unit: 'MiB',
      ours: plans.map(({ mib }) => mib),
      baseline: nothing,
      bound: { atMost: PLAN_AT_MOST_MIB },
    }),
    differenceFigure({
      name: `admin: plan and apply of ${CHANGES} changes`,
      unit: 'ms',
      ours: times(applies),
      baseline: nothing,
      bound: { atMost: APPLY_AT_MOST_MS },
    }),
  ];
}
