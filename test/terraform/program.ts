/**
 * The program that plans, run on copies: nothing is written into the sources.
 */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { inject } from 'vitest';

const { name: PROGRAM, printsPlans: PRINTS_PLANS, missing, isWaived, environment } = inject('terraform');

export const IS_SKIPPED = missing !== undefined && (isWaived || process.env['CI'] !== 'true');
/** For the name of a `describe`. */
export const NEEDS = missing === undefined ? '' : ` (needs ${missing})`;

export interface Ran {
  readonly code: number;
  /** Of both streams. */
  readonly output: string;
}

type RanInFull = Ran & { readonly standardOutput: string };

function run(args: readonly string[], program = PROGRAM): Promise<RanInFull> {
  const options = { env: { ...environment, ...process.env }, maxBuffer: 1 << 28 };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, standardOutput, standardError) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, standardOutput, output: `${standardOutput}${standardError}` });
    });
  });
}

const initialised = new Map<string, Promise<unknown>>();

/** Once for each folder; nothing that an offline check would need. */
function init(folder: string): Promise<unknown> {
  if (PRINTS_PLANS) return Promise.resolve();
  const running = initialised.get(folder) ?? run([`-chdir=${folder}`, 'init', '-backend=false', '-no-color']);
  initialised.set(folder, running);
  return running;
}

export async function terraform(folder: string, ...args: readonly string[]): Promise<Ran> {
  await init(folder);
  return run([`-chdir=${folder}`, ...args]);
}

/** Formatting needs no provider, and what checks offline leaves it to terraform. */
export async function formatCheck(folder: string): Promise<Ran> {
  const args = [`-chdir=${folder}`, 'fmt', '-check', '-recursive', '-diff', '-no-color'];
  const { code, standardOutput } = await run(args, PRINTS_PLANS ? 'terraform' : PROGRAM);
  return { code, output: standardOutput };
}

/** The plan of a first deployment, as `terraform show -json` prints it; what went wrong, where there is none. */
export async function planJson(folder: string, variables: readonly string[] = []): Promise<Ran> {
  await init(folder);
  const at = `-chdir=${folder}`;
  if (PRINTS_PLANS) return planOrProblem(await run([at, 'plan-json', '-no-color', ...variables]));
  const file = join(folder, 'plan.out');
  const planned = await run([at, 'plan', '-no-color', `-out=${file}`, ...variables]);
  return planned.code === 0 ? planOrProblem(await run([at, 'show', '-json', file])) : planned;
}

const planOrProblem = ({ code, output, standardOutput }: RanInFull): Ran => ({
  code,
  output: code === 0 ? standardOutput : output,
});
