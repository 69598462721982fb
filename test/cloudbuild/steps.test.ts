/** The steps of `cloudbuild.yaml`, run one after the other in a clean checkout; what cannot be run here is replaced, by name. */

import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IS_SKIPPED, NEEDS } from '../terraform/program.ts';
import { CLOUDBUILD, parseBuild, ROOT } from './build.ts';
import { createCheckout, ENVIRONMENT_DIR, type Checkout } from './checkout.ts';
import { createStandIns, REPLACED, type StandIns } from './replaced.ts';
import { runStep, type Ran } from './run-step.ts';

const { steps } = parseBuild(CLOUDBUILD);
const PLANS = { _ENVIRONMENT_DIR: ENVIRONMENT_DIR, _STATE_BUCKET: 'acme-state', _APPLY: 'no' };
const APPLIES = { ...PLANS, _APPLY: 'yes' };
const TIMEOUT_MS = 300_000;

const digestOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

describe.skipIf(IS_SKIPPED)(`in a clean checkout${NEEDS}`, () => {
  const ran = new Map<string, Ran>();
  let checkout: Checkout;
  let scratch: string;
  let standIns: StandIns;
  let replaced: readonly string[];

  function run(id: string, values: Readonly<Record<string, string>>): Promise<Ran> {
    const step = steps.find((one) => one.id === id);
    if (step === undefined) throw new Error(`there is no step ${id}`);
    return runStep(step, values, { cwd: checkout.folder, programs: standIns.folder, home: scratch });
  }

  beforeAll(async () => {
    checkout = createCheckout();
    scratch = mkdtempSync(join(tmpdir(), 'stand-ins-'));
    standIns = createStandIns(checkout, scratch);
    for (const { id } of steps) {
      const result = await run(id, PLANS);
      ran.set(id, result);
      if (result.code !== 0) break;
    }
    replaced = standIns.commands();
  }, TIMEOUT_MS);
  afterAll(() => {
    checkout.remove();
    rmSync(scratch, { recursive: true, force: true });
  });

  it.each(steps.map(({ id }) => id))('step %s ends well', (id) => {
    expect(ran.get(id)).toMatchObject({ code: 0 });
  });

  it('these commands are replaced, and no others', () => {
    const lines = REPLACED.map(([command, by]) => `  ${command}\n    by ${by}\n`);
    process.stdout.write(`replaced in the steps of cloudbuild.yaml:\n${lines.join('')}`);
    expect(replaced).toEqual(REPLACED.map(([command]) => command));
  });

  it('the archive that is planned is the one that was built, and the one that the tests ran', () => {
    const built = /functions\.zip: sha256 ([0-9a-f]{64})$/m.exec(ran.get('build')?.output ?? '')?.[1];
    const planned = /functions\.zip: sha256 ([0-9a-f]{64}) is what/.exec(ran.get('plan')?.output ?? '')?.[1];
    const tested = digestOf(join(ROOT, 'dist/functions.zip'));
    expect({ built, planned, inCheckout: digestOf(checkout.path('dist/functions.zip')) }).toEqual({
      built: tested,
      planned: tested,
      inCheckout: tested,
    });
  });

  it('what worker VMs install is as it was built, too', () => {
    const built = /worker\.tar\.gz: sha256 ([0-9a-f]{64})$/m.exec(ran.get('build')?.output ?? '')?.[1];
    expect(ran.get('plan')?.output).toContain(`dist/worker.tar.gz: sha256 ${built} is what the plan deploys`);
  });

  it('programs that were kept for steps with other images outlast the build', () => {
    expect(['node', 'terraform'].filter((name) => !existsSync(checkout.path(`dist/tools/${name}`)))).toEqual(
      [],
    );
  });

  it('the plan shows what would be made', () => {
    expect(ran.get('plan')?.output).toMatch(/Plan:\S* \d+ to add, 0 to change, 0 to destroy/);
  });

  it('nothing is applied, and nobody is waited for, unless that was asked for', () => {
    expect(ran.get('apply')?.output).toBe('apply: _APPLY is no, so this build ends with its plan\n');
    expect(ran.get('probe')?.output).toBe('probe: _APPLY is no, so nothing was applied\n');
  });

  it('an apply takes the lock, and is of the very plan', async () => {
    const before = standIns.commands().length;
    for (const id of ['plan', 'apply']) expect(await run(id, APPLIES)).toMatchObject({ code: 0 });
    const [, plan, , apply, ...more] = standIns.commands().slice(before);
    expect(plan).toBe(
      `terraform -chdir=${ENVIRONMENT_DIR} plan -lock=true -lock-timeout=5m -out=./dist/plan`,
    );
    expect(apply).toBe(`terraform -chdir=${ENVIRONMENT_DIR} apply -lock-timeout=5m ./dist/plan`);
    expect(more).toEqual([]);
    expect(readFileSync(checkout.path('dist/applied-at'), 'utf8')).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n$/,
    );
  });

  it.each([
    ['no environment', { _ENVIRONMENT_DIR: '' }, 'give the trigger _ENVIRONMENT_DIR'],
    [
      'an environment that does not exist',
      { _ENVIRONMENT_DIR: 'environments/test' },
      'there is no such folder',
    ],
    ['no bucket', { _STATE_BUCKET: '' }, 'give the trigger _STATE_BUCKET'],
    ['an answer that is neither yes nor no', { _APPLY: 'true' }, 'give the trigger yes or no'],
    [
      'an environment that keeps no state',
      { _ENVIRONMENT_DIR: 'terraform/examples/production' },
      'add backend "gcs" {}',
    ],
  ])('there is no plan for %s', async (_, values, says) => {
    const before = standIns.commands().length;
    const { code, output } = await run('plan', { ...PLANS, ...values });
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining(says) as string });
    expect(output).toMatch(/^plan: .*\n$/);
    expect(standIns.commands()).toHaveLength(before);
  });

  it('there is no plan with providers that nobody has written down', async () => {
    const file = checkout.path(`${ENVIRONMENT_DIR}/.terraform.lock.hcl`);
    renameSync(file, `${file}.away`);
    const { code, output } = await run('plan', PLANS);
    renameSync(`${file}.away`, file);
    expect({ code, output }).toEqual({
      code: 1,
      output: expect.stringContaining('commit .terraform.lock.hcl') as string,
    });
  });

  it('a plan of another archive than the one that was built stops the build', async () => {
    const file = checkout.path('dist/functions.zip');
    const archive = readFileSync(file);
    writeFileSync(file, 'another archive');
    const compare = { id: 'compare', name: '', entrypoint: 'node', args: ['cloudbuild/planned-archives.ts'] };
    const { code, output } = await runStep(
      compare,
      {},
      { cwd: checkout.folder, programs: standIns.folder, home: scratch },
    );
    writeFileSync(file, archive);
    expect({ code, output }).toEqual({
      code: 1,
      output: expect.stringContaining('plan: the plan deploys another dist/functions.zip') as string,
    });
  });

  it('an apply that nobody looks after is no success', async () => {
    const file = checkout.path('dist/plan.json');
    const plan = readFileSync(file);
    writeFileSync(file, JSON.stringify({ planned_values: { root_module: {} } }));
    const { code, output } = await run('probe', APPLIES);
    writeFileSync(file, plan);
    expect({ code, output }).toEqual({
      code: 1,
      output: 'probe: the plan has no prober, so nobody knows whether it works\n',
    });
  });
});
