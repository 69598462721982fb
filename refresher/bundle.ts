/**
 * `npm run build`: bundles the refresher into one file, `dist/refresher.mjs`, for Node from 22 on and for Bun.
 */

import { mkdir, readFile } from 'node:fs/promises';
import { build, type BuildOptions } from 'esbuild';

const ROOT = new URL('../', import.meta.url);
export const DIST = new URL('dist/', ROOT);

export async function bundleRefresher(name: string, options: BuildOptions): Promise<void> {
  // the file is the project's own
  const { version } = JSON.parse(await readFile(new URL('package.json', ROOT), 'utf8')) as {
    version: string;
  };
  await mkdir(DIST, { recursive: true });
  await build({
    entryPoints: [new URL('refresher/main.ts', ROOT).pathname],
    outfile: new URL(name, DIST).pathname,
    bundle: true,
    platform: 'node',
    target: 'node22',
    minify: true,
    define: { REFRESHER_VERSION: JSON.stringify(version) },
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'warning',
    ...options,
  });
}

if (import.meta.main) {
  await bundleRefresher('refresher.mjs', { format: 'esm', banner: { js: '#!/usr/bin/env node' } });
}
