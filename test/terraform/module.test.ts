/** What Terraform itself says of the modules: their form, whether they fit the provider, and their own tests. */

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseModule } from '../../terraform/reference.ts';
import { formatCheck, IS_SKIPPED, NEEDS, terraform } from './program.ts';
import { createWorkplace, ROOT, type Workplace } from './workplace.ts';

const TESTED = ['terraform', 'terraform/modules/worker', 'bootstrap'];
const FOLDERS = [...TESTED, 'terraform/examples/minimal', 'terraform/examples/production'];
const TIMEOUT_MS = 300_000;

describe.skipIf(IS_SKIPPED)(`terraform${NEEDS}`, () => {
  let workplace: Workplace;
  beforeAll(() => {
    workplace = createWorkplace();
  });
  afterAll(() => workplace.remove());

  it.each(['terraform', 'bootstrap'])('finds every file of %s in its form', async (folder) => {
    expect(await formatCheck(workplace.path(folder))).toEqual({ code: 0, output: '' });
  });

  it.each(FOLDERS)('finds %s sound', async (folder) => {
    const { code, output } = await terraform(workplace.path(folder), 'validate', '-no-color');
    expect({ code, old: /deprecated/i.test(output), output }).toEqual({ code: 0, old: false, output });
  });

  it.each(TESTED)(
    'passes the tests of %s',
    async (folder) => {
      const { code, output } = await terraform(workplace.path(folder), 'test', '-no-color');
      const failed = output.split('\n').filter((line) => /\.\.\. (?:fail|skip)$/.test(line));
      expect({ code, failed, output }).toEqual({ code: 0, failed: [], output });
    },
    TIMEOUT_MS,
  );
});

describe.each(TESTED)('the tests of %s', (folder) => {
  const tests = globSync(`${folder}/tests/*.tftest.hcl`, { cwd: ROOT }).map((file) =>
    readFileSync(join(ROOT, file), 'utf8'),
  );
  const runs = tests.join('\n').split(/^run /m).slice(1);

  it('are sentences', () => {
    expect(runs.length).toBeGreaterThan(7);
    const names = runs.map((run) => /^"([^"]+)"/.exec(run)?.[1] ?? '');
    expect(names.filter((name) => name.split('_').length < 2)).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('make each variable refuse at least as often as it can', async () => {
    const { variables } = await parseModule(join(ROOT, folder));
    const refusals = (name: string) =>
      runs.filter((run) => new RegExp(`expect_failures = \\[var\\.${name}\\]`).test(run)).length;
    const short = variables.filter(({ name, validations }) => refusals(name) < validations);
    expect(short.map(({ name, validations }) => `${name}: ${refusals(name)} of ${validations}`)).toEqual([]);
  });

  it('make each precondition of a resource fail', () => {
    const files = globSync(`${folder}/*.tf`, { cwd: ROOT }).map((file) =>
      readFileSync(join(ROOT, file), 'utf8'),
    );
    const preconditions = files.join('\n').match(/^ +precondition \{$/gm) ?? [];
    const failures = runs.filter((run) => /expect_failures = \[(?!var\.)/.test(run));
    expect(failures.length).toBeGreaterThanOrEqual(preconditions.length);
  });
});
