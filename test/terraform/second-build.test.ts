/** The archive that is tested is the one that is deployed, wherever that is built. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { planDeployment } from './deployments.ts';
import { text } from './plan.ts';
import { IS_SKIPPED, NEEDS } from './program.ts';
import { ARCHIVE, createWorkplace, ROOT } from './workplace.ts';

const run = promisify(execFile);
const TIMEOUT_MS = 240_000;
const DIGEST = /functions\.zip: sha256 ([0-9a-f]{64})$/m;

/** The first two steps of `npm run build`. */
const STEPS = ['functions/bundle.ts', 'functions/archive.ts'];

/** Large, and in no bundle. */
const NOT_BUNDLED =
  /\/node_modules\/(?:node\/bin|@typescript\/|@oven\/|@oxlint|@oxfmt|@koromix\/|@cdktf\/|@rolldown\/)/;

const built = createHash('sha256').update(readFileSync(ARCHIVE)).digest('hex');
let elsewhere: string;

beforeAll(() => {
  elsewhere = mkdtempSync(join(tmpdir(), 'second-build-'));
  for (const name of ['functions', 'shared', 'node_modules', 'package.json', 'package-lock.json']) {
    cpSync(join(ROOT, name), join(elsewhere, name), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => !NOT_BUNDLED.test(source),
    });
  }
}, TIMEOUT_MS);
afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

it(
  'is the same from a second build in another folder, another time zone and another locale',
  async () => {
    const env = { ...process.env, TZ: 'Pacific/Auckland', LC_ALL: 'C', TMPDIR: elsewhere };
    let printed = '';
    for (const step of STEPS) {
      // not from its folder: nothing may depend on where it is started
      const { stdout } = await run(process.execPath, [join(elsewhere, step)], { env, cwd: tmpdir() });
      printed += stdout;
    }
    expect(DIGEST.exec(printed)?.[1]).toBe(built);
  },
  TIMEOUT_MS,
);

it.skipIf(IS_SKIPPED)(`is the one that a plan names${NEEDS}`, async () => {
  const workplace = createWorkplace();
  try {
    const { outputs } = await planDeployment(workplace, 'minimal');
    expect(text(outputs['archive_sha256']?.value)).toBe(built);
  } finally {
    workplace.remove();
  }
});
