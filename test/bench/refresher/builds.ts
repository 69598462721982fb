/**
 * The files that are compared: a copy of the built refresher, which a build in the meantime cannot change, and the
 * baseline, bundled into one file as well.
 */

import { copyFile, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { FOLDER } from '../measured-builds.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const HOME = join(FOLDER, 'refresher');
export const REFRESHER = join(HOME, 'refresher.mjs');
export const BARE = join(HOME, 'bare.mjs');

export async function prepareRefresherBuilds(): Promise<void> {
  await mkdir(HOME, { recursive: true });
  await copyFile(join(ROOT, 'dist/refresher.mjs'), REFRESHER);
  await build({
    entryPoints: [join(ROOT, 'test/bench/refresher/bare-server.ts')],
    outfile: BARE,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    logLevel: 'warning',
  });
}

export async function refresherBytes(): Promise<number> {
  return (await stat(REFRESHER)).size;
}
