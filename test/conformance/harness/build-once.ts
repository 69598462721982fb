/** What is built or downloaded from files of this repository, and again only when those have changed. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

/** Compilers have much to say. */
const OUTPUT_BYTES = 64 * 1024 * 1024;

/** @param inputs files, and folders with all that is in them */
export async function buildOnce(
  folder: string,
  inputs: readonly string[],
  build: () => Promise<void>,
): Promise<void> {
  const stamp = join(folder, 'built');
  const wanted = await digest(inputs);
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return;
  await build();
  await writeFile(stamp, wanted);
}

/** Its output is in the error when it fails. */
export async function runBuild(
  [program, ...args]: readonly [string, ...string[]],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<string> {
  const options = { cwd, env: { ...process.env, ...env }, maxBuffer: OUTPUT_BYTES };
  try {
    return (await promisify(execFile)(program, args, options)).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${basename(program)} ${args.join(' ')}\n${stdout}${stderr}`, { cause: error });
  }
}

async function digest(inputs: readonly string[]): Promise<string> {
  const sum = createHash('sha256');
  for (const input of inputs) {
    for (const file of await filesOf(input)) sum.update(`${file}\n`).update(await readFile(file));
  }
  return sum.digest('hex');
}

async function filesOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
