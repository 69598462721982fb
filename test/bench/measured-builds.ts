/**
 * The folders that are measured: a copy of the built functions, which a build in the meantime cannot change, and the
 * empty function, bundled as ours are.
 */

import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const RESULTS = join(ROOT, 'dist/bench.json');
/** Below the root, so that the framework is found from there. */
export const FOLDER = join(ROOT, 'dist/bench');

export const FUNCTIONS = join(FOLDER, 'functions');
export const EMPTY = join(FOLDER, 'empty');

export async function prepareBuilds(): Promise<void> {
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  await cp(join(ROOT, 'dist/functions'), FUNCTIONS, { recursive: true });
  await build({
    entryPoints: [join(ROOT, 'test/bench/empty-function.ts')],
    outfile: join(EMPTY, 'index.js'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    external: ['@google-cloud/functions-framework'],
    logLevel: 'warning',
  });
  await writeFile(join(EMPTY, 'package.json'), JSON.stringify({ type: 'module', main: 'index.js' }));
}
