/**
 * The functions built otherwise than they are, to tell what would make them start faster.
 */

import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform, type Plugin } from 'esbuild';
import { FOLDER, FUNCTIONS } from './measured-builds.ts';

/** The bundle as it is, each of its files minified. */
export async function buildMinified(): Promise<string> {
  const folder = join(FOLDER, 'minified');
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(FUNCTIONS)) {
    if (!name.endsWith('.js')) {
      await cp(join(FUNCTIONS, name), join(folder, name));
      continue;
    }
    const source = await readFile(join(FUNCTIONS, name), 'utf8');
    const options = { minify: true, keepNames: true, format: 'esm', target: 'node24' } as const;
    await writeFile(join(folder, name), (await transform(source, options)).code);
  }
  return folder;
}

/** The functions with `rest-grant-store.ts` in the place of the Firestore client. */
export async function buildWithoutFirestoreClient(): Promise<string> {
  const folder = join(FOLDER, 'without-firestore-client');
  const globals = [
    "import { createRequire as __createRequire } from 'node:module';",
    'const require = __createRequire(import.meta.url);',
  ];
  await build({
    entryPoints: [fileURLToPath(new URL('../../functions/index.ts', import.meta.url))],
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    external: ['@google-cloud/functions-framework'],
    banner: { js: globals.join('\n') },
    plugins: [restGrantStore],
    logLevel: 'warning',
  });
  await cp(join(FUNCTIONS, 'package.json'), join(folder, 'package.json'));
  return folder;
}

const restGrantStore: Plugin = {
  name: 'rest-grant-store',
  setup(bundling) {
    const path = fileURLToPath(new URL('rest-grant-store.ts', import.meta.url));
    bundling.onResolve({ filter: /\/firestore-grant-store\.ts$/ }, () => ({ path }));
  },
};
