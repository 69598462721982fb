/** Who a build is, what it runs, and who can tell afterwards. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, type Step } from '../build.ts';
import type { Rule } from './rule.ts';

const PINNED = /^(?<image>[a-z0-9./-]+):(?<version>\d+\.\d+\.\d+[a-z-]*)@sha256:[0-9a-f]{64}$/;
const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  devDependencies: Readonly<Record<string, string>>;
};

export const TRUST: readonly Rule[] = [
  {
    sentence: 'each image is pinned: by its version for people, by its digest for the build',
    violations: ({ steps }) => {
      const images = new Map<string, string>();
      return steps.flatMap(({ id, name }) => {
        const image = PINNED.exec(name)?.groups?.['image'];
        if (image === undefined) return [`${id} runs ${name}`];
        const first = images.get(image) ?? name;
        images.set(image, first);
        return first === name ? [] : [`${id} runs another ${image} than a step before it`];
      });
    },
  },
  {
    sentence: 'Node is the one that the tests run on everywhere',
    violations: ({ steps }) =>
      steps
        .filter(
          ({ name }) => name.startsWith('node:') && !name.startsWith(`node:${devDependencies['node']}-`),
        )
        .map(({ id, name }) => `${id} runs ${name}`),
  },
  {
    sentence: 'the account is the one of the trigger, and there is no other way to be somebody',
    violations: ({ serviceAccount, availableSecrets, steps, options = {} }) => [
      ...(serviceAccount === undefined
        ? []
        : [`the file says ${serviceAccount}, and pull requests may change files`]),
      ...(availableSecrets === undefined && options['secretEnv'] === undefined ? [] : ['there are secrets']),
      ...steps.filter(({ secretEnv }) => secretEnv !== undefined).map(({ id }) => `${id} has secrets`),
    ],
  },
  {
    // https://cloud.google.com/build/docs/securing-builds/configure-user-specified-service-accounts
    sentence: 'the log goes where an account of one’s own may write it',
    violations: ({ options = {}, logsBucket }) => {
      const logging = options['logging'];
      const isFine = logging === 'CLOUD_LOGGING_ONLY' && logsBucket === undefined;
      return isFine ? [] : [`options.logging is ${String(logging)}, logsBucket ${String(logsBucket)}`];
    },
  },
  {
    sentence: 'Cloud Build signs what it did',
    violations: ({ options = {} }) =>
      options['requestedVerifyOption'] === 'VERIFIED' ? [] : ['options.requestedVerifyOption'],
  },
  {
    sentence: 'what a step runs is a file that is there, or a program of its image',
    violations: ({ steps }) =>
      steps.flatMap((step) => [
        ...filesOf(step)
          .filter((file) => !existsSync(join(ROOT, file)))
          .map((file) => `${step.id} runs ${file}, and there is no such file`),
        ...(step.script !== undefined && (step.entrypoint ?? step.args) !== undefined
          ? [`${step.id} has both a script and arguments`]
          : []),
      ]),
  },
];

export const filesOf = ({ args = [] }: Pick<Step, 'args'>): readonly string[] =>
  args.filter((arg) => /^(?:cloudbuild|test)\//.test(arg));
