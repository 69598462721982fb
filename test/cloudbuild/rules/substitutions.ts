/** What a trigger gives to a build: https://cloud.google.com/build/docs/configuring-builds/substitute-variable-values */

import { isString, type Build } from '../build.ts';
import type { Rule } from './rule.ts';

const BUILT_IN = new Set(
  (
    'PROJECT_ID PROJECT_NUMBER LOCATION BUILD_ID TRIGGER_NAME COMMIT_SHA REVISION_ID SHORT_SHA REPO_NAME REPO_FULL_NAME BRANCH_NAME ' +
    'TAG_NAME REF_NAME TRIGGER_BUILD_CONFIG_PATH SERVICE_ACCOUNT_EMAIL SERVICE_ACCOUNT _HEAD_BRANCH _BASE_BRANCH _HEAD_REPO_URL _PR_NUMBER'
  ).split(' '),
);

/** Those of a text, less what stands after `$$`. A script gets none. */
export function substitutionsIn(text: string): readonly string[] {
  const found = text.matchAll(/\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)[^}]*\}|\$([A-Za-z_][A-Za-z0-9_]*)/g);
  return Array.from(found).flatMap(([, braced, bare]) => braced ?? bare ?? []);
}

function textsOf(value: unknown): readonly string[] {
  if (isString(value)) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

function usedIn(build: Build): readonly string[] {
  const steps = build.steps.map((step) => ({ ...step, script: undefined }));
  return textsOf({ ...build, steps, substitutions: undefined }).flatMap(substitutionsIn);
}

export const SUBSTITUTIONS: readonly Rule[] = [
  {
    sentence: 'what is used of a trigger is declared, or built in',
    violations: (build) =>
      usedIn(build)
        .filter((name) => !BUILT_IN.has(name) && !(name in (build.substitutions ?? {})))
        .map((name) => `$${name} is declared nowhere: a dollar of the shell's is written $$`),
  },
  {
    sentence: 'what is declared is used, under a name that Cloud Build takes',
    violations: (build) =>
      Object.keys(build.substitutions ?? {}).flatMap((name) => [
        ...(/^_[A-Z0-9_]+$/.test(name) ? [] : [`${name} does not begin with _ and go on in capitals`]),
        ...(usedIn(build).includes(name) ? [] : [`${name} is used nowhere`]),
      ]),
  },
  {
    sentence: 'a build that was told nothing applies nothing',
    violations: ({ substitutions = {} }) => [
      ...(substitutions['_APPLY'] === 'no' ? [] : ['_APPLY is not no by itself']),
      ...Object.entries(substitutions)
        .filter(([name, value]) => name !== '_APPLY' && value !== '')
        .map(([name]) => `${name} names something by itself`),
    ],
  },
  {
    sentence: 'a mistake in substitutions stops the build',
    violations: ({ options = {} }) =>
      options['substitutionOption'] === 'MUST_MATCH' ? [] : ['options.substitutionOption'],
  },
];
