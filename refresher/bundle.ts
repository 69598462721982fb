/**
 * `npm run build`: bundles the refresher into one file, `dist/refresher.mjs`, for Node from 22 on and for Bun. What only
 * the host of many tasks needs is a second file beside it, `dist/refresher-host.mjs`.
 *
 * It is copied into other people's images and started beside everything they run, so it is made small: terser finds
 * what esbuild leaves, and the other way round.
 */

import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { build, transform, type Plugin } from 'esbuild';
import { minify } from 'terser';

const ROOT = new URL('../', import.meta.url);
export const DIST = new URL('dist/', ROOT);

const TARGET = 'node22';

const HOST_BUNDLE = 'refresher-host.mjs';

/** Leaves the host's part out, to be found beside the bundle. */
const hostBeside: Plugin = {
  name: 'host-beside',
  setup(bundling) {
    bundling.onResolve({ filter: /\/host\/run-host-command\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: `./${HOST_BUNDLE}`, external: true } : undefined,
    );
  },
};

interface Bundle {
  readonly entry: string;
  readonly name: string;
  readonly format: 'esm' | 'cjs';
  readonly plugins?: Plugin[];
}

/** A single executable has all of it in one file. */
export function bundleWholeRefresher(name: string): Promise<void> {
  return writeBundle({ entry: 'refresher/main.ts', name, format: 'cjs' });
}

async function writeBundle({ entry, name, format, plugins = [] }: Bundle): Promise<void> {
  // the file is the project's own
  const { version } = JSON.parse(await readFile(new URL('package.json', ROOT), 'utf8')) as {
    version: string;
  };
  const { outputFiles } = await build({
    entryPoints: [new URL(entry, ROOT).pathname],
    bundle: true,
    plugins,
    write: false,
    platform: 'node',
    target: TARGET,
    format,
    define: { REFRESHER_VERSION: JSON.stringify(version) },
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'warning',
  });
  const compressed = await minify(outputFiles[0]?.text ?? '', {
    module: format === 'esm',
    toplevel: true,
    ecma: 2020,
    compress: { passes: 3, keep_fargs: false, unsafe_arrows: true },
  });
  const small = await transform(compressed.code ?? '', {
    minify: true,
    target: TARGET,
    format,
    charset: 'utf8',
  });
  await mkdir(DIST, { recursive: true });
  await writeFile(new URL(name, DIST), `#!/usr/bin/env node\n${small.code}`);
}

if (import.meta.main) {
  const plugins = [hostBeside];
  await writeBundle({ entry: 'refresher/main.ts', name: 'refresher.mjs', format: 'esm', plugins });
  await writeBundle({ entry: 'refresher/host/run-host-command.ts', name: HOST_BUNDLE, format: 'esm' });
  await chmod(new URL('refresher.mjs', DIST), 0o755);
}
