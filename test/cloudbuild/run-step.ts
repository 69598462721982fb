/**
 * Runs a step of the pipeline as Cloud Build would, without its image: the same program with the same arguments and variables, in the
 * checkout.
 */

import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { inject } from 'vitest';
import type { Step } from './build.ts';

export interface Ran {
  readonly code: number;
  /** Of both streams. */
  readonly output: string;
}

type Substitutions = Readonly<Record<string, string>>;

/** Nothing of this checkout's packages. */
const PATH = [
  dirname(process.execPath),
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
];

function substitute(text: string, values: Substitutions): string {
  return text.replaceAll(/\$\$|\$\{?(_[A-Z0-9_]+)\}?/g, (whole, name: string | undefined) =>
    name === undefined ? '$' : (values[name] ?? whole),
  );
}

export function runStep(
  { entrypoint = '', args = [], env = [] }: Step,
  values: Substitutions,
  { cwd, programs, home }: { readonly cwd: string; readonly programs: string; readonly home: string },
): Promise<Ran> {
  const given = env.map((entry) => substitute(entry, values).split(/=(.*)/s).slice(0, 2) as [string, string]);
  const options = {
    cwd,
    env: {
      ...inject('terraform').environment,
      HOME: home,
      PATH: [programs, ...PATH].join(':'),
      ...Object.fromEntries(given),
    },
    maxBuffer: 1 << 28,
  };
  return new Promise((resolve) => {
    execFile(
      entrypoint,
      args.map((arg) => substitute(arg, values)),
      options,
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, output: `${stdout}${stderr}` });
      },
    );
  });
}
