/**
 * Mistakes that somebody could make in `cloudbuild.yaml`, each with the rule that has to see it. `from` stands there at least once;
 * the first is changed.
 */

import { FITS } from './rules/all.ts';

export interface Mutation {
  readonly mistake: string;
  readonly from: string;
  readonly to: string;
  /** The sentence of a rule. */
  readonly caughtBy: string;
}

const NAMES = 'each step has a name of its own, and says what it waits for';
const BEFORE = 'each step waits for steps that stand before it';
const GATES = 'tests run on what was built, and nothing is applied before all else has passed';
const TIME = 'the build has time for the longest way through its steps';
const DECLARED = 'what is used of a trigger is declared, or built in';
const USED = 'what is declared is used, under a name that Cloud Build takes';
const NOTHING = 'a build that was told nothing applies nothing';
const PINNED = 'each image is pinned: by its version for people, by its digest for the build';
const ACCOUNT = 'the account is the one of the trigger, and there is no other way to be somebody';
const LOG = 'the log goes where an account of one’s own may write it';

export const MUTATIONS: readonly Mutation[] = [
  { mistake: 'a field that does not exist', from: 'entrypoint: sh', to: 'entryPoint: sh', caughtBy: FITS },
  { mistake: 'a list that is a word', from: 'waitFor: [install]', to: 'waitFor: install', caughtBy: FITS },
  { mistake: 'a duration in minutes', from: 'timeout: 600s', to: 'timeout: 10m', caughtBy: FITS },
  { mistake: 'a duration without a unit', from: 'timeout: 600s', to: 'timeout: 600', caughtBy: FITS },
  { mistake: 'a machine that does not exist', from: 'E2_HIGHCPU_8', to: 'E2_HIGHCPU_64', caughtBy: FITS },
  { mistake: 'a machine of yesterday', from: 'E2_HIGHCPU_8', to: 'N1_HIGHCPU_8', caughtBy: FITS },
  { mistake: 'no, which YAML takes for false', from: "_APPLY: 'no'", to: '_APPLY: no', caughtBy: FITS },
  {
    mistake: 'an exit code that the build says itself',
    from: 'entrypoint: npm',
    to: 'exitCode: 0',
    caughtBy: FITS,
  },
  {
    mistake: 'a map in the place of a list',
    from: 'env: [CI=true]',
    to: 'env: { CI: true }',
    caughtBy: FITS,
  },
  { mistake: 'two steps of one name', from: 'id: terraform', to: 'id: install', caughtBy: NAMES },
  {
    mistake: 'a step that does not say what it waits for',
    from: "waitFor: ['-']",
    to: 'dir: .',
    caughtBy: NAMES,
  },
  {
    mistake: 'waiting for a step that does not exist',
    from: 'waitFor: [apply]',
    to: 'waitFor: [applied]',
    caughtBy: BEFORE,
  },
  {
    mistake: 'waiting for a later step',
    from: 'waitFor: [install]',
    to: 'waitFor: [plan]',
    caughtBy: BEFORE,
  },
  {
    mistake: 'an apply that does not wait for tests',
    from: 'test-with-emulator, test-terraform, plan]',
    to: 'test-terraform, plan]',
    caughtBy: GATES,
  },
  {
    mistake: 'an apply that does not wait for the check',
    from: '[check, test,',
    to: '[test,',
    caughtBy: GATES,
  },
  { mistake: 'an apply of no plan', from: 'test-terraform, plan]', to: 'test-terraform]', caughtBy: GATES },
  {
    mistake: 'tests of what was not built',
    from: 'waitFor: [build]',
    to: 'waitFor: [install]',
    caughtBy: GATES,
  },
  { mistake: 'probes before the apply', from: 'waitFor: [apply]', to: 'waitFor: [plan]', caughtBy: GATES },
  { mistake: 'no probes', from: 'id: probe', to: 'id: look', caughtBy: GATES },
  {
    mistake: 'tests that may fail',
    from: 'env: [CI=true]',
    to: 'allowFailure: true',
    caughtBy: 'a step that fails ends the build',
  },
  {
    mistake: 'a build that is over before its steps',
    from: 'timeout: 10800s',
    to: 'timeout: 3600s',
    caughtBy: TIME,
  },
  { mistake: 'a build of two days', from: 'timeout: 10800s', to: 'timeout: 172800s', caughtBy: TIME },
  { mistake: 'a step that may take for ever', from: '    timeout: 3000s\n', to: '', caughtBy: TIME },
  {
    mistake: 'a variable of the shell',
    from: 'args: [cloudbuild/plan.sh]',
    to: 'args: [$HOME/plan.sh]',
    caughtBy: DECLARED,
  },
  {
    mistake: 'a substitution that is misspelt',
    from: '$_STATE_BUCKET',
    to: '${_STATE_BUKET}',
    caughtBy: DECLARED,
  },
  {
    mistake: 'a substitution that nobody reads',
    from: 'STATE_BUCKET=$_STATE_BUCKET',
    to: 'STATE_BUCKET=$$_STATE_BUCKET',
    caughtBy: USED,
  },
  {
    mistake: 'a substitution without its underscore',
    from: "_STATE_BUCKET: ''",
    to: "STATE_BUCKET: ''",
    caughtBy: USED,
  },
  { mistake: 'an apply that nobody asked for', from: "_APPLY: 'no'", to: "_APPLY: 'yes'", caughtBy: NOTHING },
  {
    mistake: 'somebody’s environment',
    from: "_ENVIRONMENT_DIR: ''",
    to: '_ENVIRONMENT_DIR: environments/production',
    caughtBy: NOTHING,
  },
  {
    mistake: 'mistakes in substitutions that pass',
    from: 'MUST_MATCH',
    to: 'ALLOW_LOOSE',
    caughtBy: 'a mistake in substitutions stops the build',
  },
  {
    mistake: 'an image by its version alone',
    from: '@sha256:7ae513256f7ce67879e218ae8593d6fbe216ec9e123abe6c94e4e10704857963',
    to: '',
    caughtBy: PINNED,
  },
  {
    mistake: 'the latest image',
    from: 'hashicorp/terraform:1.15.8@',
    to: 'hashicorp/terraform:latest@',
    caughtBy: PINNED,
  },
  {
    mistake: 'two versions of one image',
    from: 'node:24.21.0-bookworm@',
    to: 'node:24.20.0-bookworm@',
    caughtBy: PINNED,
  },
  {
    mistake: 'a Node that the tests do not run on',
    from: 'node:24.21.0-bookworm@',
    to: 'node:22.1.0-bookworm@',
    caughtBy: 'Node is the one that the tests run on everywhere',
  },
  {
    mistake: 'an account that pull requests can change',
    from: 'tags: [',
    to: 'serviceAccount: projects/p/serviceAccounts/apply@p.iam.gserviceaccount.com\ntags: [',
    caughtBy: ACCOUNT,
  },
  { mistake: 'a secret', from: 'env: [CI=true]', to: 'secretEnv: [NPM_TOKEN]', caughtBy: ACCOUNT },
  {
    mistake: 'the default bucket of logs',
    from: 'logging: CLOUD_LOGGING_ONLY',
    to: 'logging: LEGACY',
    caughtBy: LOG,
  },
  { mistake: 'no place for logs', from: '  logging: CLOUD_LOGGING_ONLY\n', to: '', caughtBy: LOG },
  {
    mistake: 'no provenance',
    from: 'VERIFIED',
    to: 'NOT_VERIFIED',
    caughtBy: 'Cloud Build signs what it did',
  },
  {
    mistake: 'a script that was renamed',
    from: 'cloudbuild/apply.sh',
    to: 'cloudbuild/deploy.sh',
    caughtBy: 'what a step runs is a file that is there, or a program of its image',
  },
];
