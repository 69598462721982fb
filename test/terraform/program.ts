/**
 * The program that the variable TERRAFORM names (`terraform` where it names none), run on copies: nothing is written into the
 * sources.
 */

import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';

const PROGRAM = process.env['TERRAFORM'] ?? 'terraform';

/** A plan needs a token, and without data sources never shows it to anybody. */
const ENVIRONMENT = {
  GOOGLE_OAUTH_ACCESS_TOKEN: 'none',
  CHECKPOINT_DISABLE: '1',
  TF_IN_AUTOMATION: '1',
  TF_INPUT: '0',
  ...process.env,
};

/** A program that plans offline may print a plan as JSON by itself; terraform needs two steps for that, and an init before. */
const HELP = help();
const PRINTS_PLANS = HELP?.includes('plan-json') ?? false;

export const MISSING = HELP === undefined ? `needs ${PROGRAM}` : undefined;
export const IS_SKIPPED = MISSING !== undefined && process.env['CI'] !== 'true';
/** For the name of a `describe`. */
export const NEEDS = MISSING === undefined ? '' : ` (${MISSING})`;

export interface Ran {
  readonly code: number;
  readonly output: string;
}

function help(): string | undefined {
  try {
    return execFileSync(PROGRAM, ['-help'], { encoding: 'utf8', stdio: 'pipe', env: ENVIRONMENT });
  } catch {
    return undefined;
  }
}

function run(args: readonly string[]): Promise<Ran & { readonly standardOutput: string }> {
  return new Promise((resolve) => {
    execFile(
      PROGRAM,
      args,
      { env: ENVIRONMENT, maxBuffer: 1 << 28 },
      (error, standardOutput, standardError) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, standardOutput, output: `${standardOutput}${standardError}` });
      },
    );
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

/** Formatting needs no provider, and not everything that checks can format. */
export function formatCheck(folder: string): Promise<Ran> {
  return new Promise((resolve) => {
    const args = [`-chdir=${folder}`, 'fmt', '-check', '-recursive', '-diff', '-no-color'];
    const program = PRINTS_PLANS ? 'terraform' : PROGRAM;
    execFile(program, args, { env: ENVIRONMENT }, (error, standardOutput, standardError) => {
      resolve({ code: error === null ? 0 : 1, output: `${standardOutput}${standardError}` });
    });
  });
}

/** The plan of a first deployment, as `terraform show -json` prints it; what went wrong, where there is none. */
export async function planJson(folder: string, variables: readonly string[] = []): Promise<Ran> {
  await init(folder);
  const at = `-chdir=${folder}`;
  if (PRINTS_PLANS) {
    const { code, output, standardOutput } = await run([at, 'plan-json', '-no-color', ...variables]);
    return { code, output: code === 0 ? standardOutput : output };
  }
  const file = join(folder, 'plan.out');
  const planned = await run([at, 'plan', '-no-color', `-out=${file}`, ...variables]);
  if (planned.code !== 0) return planned;
  const { code, standardOutput } = await run([at, 'show', '-json', file]);
  return { code, output: standardOutput };
}
