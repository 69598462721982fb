/**
 * `npm run build`: bundles the refresher into one file, `dist/refresher.mjs`, for Node from 22 on and for Bun.
 */

import { mkdir, readFile, stat } from 'node:fs/promises';
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
    minifySyntax: true,
    minifyWhitespace: true,
    // names stay, so that a frame in a log line says something
    define: { REFRESHER_VERSION: JSON.stringify(version) },
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'warning',
    ...options,
  });
}

/** One file that is copied into other people's images; the benchmark measures it against this. */
export const MAX_BUNDLE_BYTES = 48 * 1024;

if (import.meta.main) {
  await bundleRefresher('refresher.mjs', { format: 'esm', banner: { js: '#!/usr/bin/env node' } });
  const { size } = await stat(new URL('refresher.mjs', DIST));
  if (size > MAX_BUNDLE_BYTES) throw new Error(`the bundle has ${size} bytes, more than ${MAX_BUNDLE_BYTES}`);
}
