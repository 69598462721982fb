/**
 * What in the steps cannot be run here, by name, and programs that stand in for it: they come first on the PATH, and write down what
 * they were called with.
 */

import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { inject } from 'vitest';
import { ROOT } from './build.ts';
import { ENVIRONMENT_DIR, type Checkout } from './checkout.ts';

const { name: TERRAFORM, printsPlans: PRINTS_PLANS } = inject('terraform');

const TESTS = 'nothing: these are the tests';

/** In the order of the steps, for a build that only plans. */
export const REPLACED: readonly (readonly [command: string, by: string])[] = [
  ['npm ci --ignore-scripts', 'the packages that are installed here'],
  ['npm audit signatures', 'nothing: it asks the registry'],
  ['npm run check', TESTS],
  ['vitest run --project core --project refresher --project probe', TESTS],
  ['vitest run --project exchanges test/exchanges/deployable.test.ts', TESTS],
  ['vitest run --project exchanges --project support --exclude test/exchanges/deployable.test.ts', TESTS],
  [
    'vitest run --project terraform --exclude test/terraform/gcloud-commands.test.ts --exclude test/terraform/first-start.test.ts',
    TESTS,
  ],
  [
    `terraform -chdir=${ENVIRONMENT_DIR} init -lockfile=readonly -backend-config=bucket=acme-state -backend-config=prefix=${ENVIRONMENT_DIR}`,
    'the same without a state: that is in Google',
  ],
  [
    `terraform -chdir=${ENVIRONMENT_DIR} plan -lock=false -lock-timeout=5m -out=./dist/plan`,
    'a plan by what TERRAFORM names, of a first deployment',
  ],
  [`terraform -chdir=${ENVIRONMENT_DIR} show -json ./dist/plan`, 'the same plan, as TERRAFORM prints it'],
];

const LOCAL_STATE = 'terraform {\n  backend "local" {}\n}\n';

const program = (lines: readonly string[]) => `#!/bin/sh\nset -eu\n${lines.join('\n')}\n`;

function standIns(log: string, stub: string, shown: string): Readonly<Record<string, string>> {
  const note = (name: string) => `echo "${name} $*" >> '${log}'`;
  const packages = join(ROOT, 'node_modules');
  return {
    npm: program([
      'case "$*" in',
      "  'ci --ignore-scripts')",
      `    ${note('npm')}`,
      '    mkdir node_modules',
      // links, where the disk is the same
      `    cp -al '${packages}/.' node_modules 2> /dev/null || cp -a '${packages}/.' node_modules`,
      `    rm -r node_modules/vitest && mkdir node_modules/vitest && cp '${stub}' node_modules/vitest/vitest.mjs ;;`,
      `  'audit signatures' | 'run check') ${note('npm')} ;;`,
      `  *) exec '${onPath('npm')}' "$@" ;;`,
      'esac',
    ]),
    terraform: program([
      note('terraform'),
      // for what TERRAFORM names, terraform is the real one
      `export PATH='${process.env['PATH'] ?? ''}'`,
      'case $2 in',
      PRINTS_PLANS
        ? '  init) ;;'
        : `  init) echo '${LOCAL_STATE}' > "\${1#-chdir=}/backend_override.tf" && '${TERRAFORM}' "$1" init ;;`,
      // it takes seconds, and comes to the same each time
      `  plan) [ -f dist/plan ] || '${TERRAFORM}' "$@" ;;`,
      `  show) [ -s '${shown}' ] || '${TERRAFORM}' ${PRINTS_PLANS ? '"$1" plan-json' : '"$@"'} > '${shown}'; cat '${shown}' ;;`,
      '  apply) ;;',
      `  *) echo "no stand-in for terraform $*" >&2; exit 1 ;;`,
      'esac',
    ]),
  };
}

function onPath(name: string): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file)) ?? name;
}

export interface StandIns {
  /** The folder of the programs. */
  readonly folder: string;
  /** What was asked of them so far, with paths as from the checkout. */
  readonly commands: () => readonly string[];
}

export function createStandIns(checkout: Checkout, folder: string): StandIns {
  const log = join(folder, 'commands');
  const stub = join(folder, 'vitest.mjs');
  const programs = join(folder, 'bin');
  mkdirSync(programs, { recursive: true });
  writeFileSync(log, '');
  writeFileSync(
    stub,
    `import { appendFileSync } from 'node:fs';\nappendFileSync(${JSON.stringify(log)}, ['vitest', ...process.argv.slice(2)].join(' ') + '\\n');\n`,
  );
  for (const [name, text] of Object.entries(standIns(log, stub, join(folder, 'shown')))) {
    writeFileSync(join(programs, name), text);
    chmodSync(join(programs, name), 0o755);
  }
  return {
    folder: programs,
    commands: () =>
      readFileSync(log, 'utf8').replaceAll(`${checkout.folder}/`, './').split('\n').filter(Boolean),
  };
}
