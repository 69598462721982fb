/**
 * `npm run build`: bundles the program of the host, `dist/refresher-host.mjs`, and lays what it needs of koffi beside it:
 * a library for the kind of machine that this one is.
 *
 * It stays where it was installed, so that its size is no matter, and its stack traces are worth something.
 */

import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Plugin } from 'esbuild';
import { bundledSources, DIST } from '../bundle.ts';

const NAME = 'refresher-host.mjs';
const LIBRARY = 'koffi.node';

/** Koffi looks for its library in several places; here there is one. */
const koffiFromBeside: Plugin = {
  name: 'koffi-from-beside',
  setup(build) {
    build.onResolve({ filter: /^koffi$/ }, ({ path }) => ({ path, namespace: 'beside' }));
    build.onLoad({ filter: /./, namespace: 'beside' }, () => ({
      contents: `import { createRequire } from 'node:module';
export default createRequire(import.meta.url)('./${LIBRARY}');`,
    }));
  },
};

if (import.meta.main) {
  const code = await bundledSources('esm', 'refresher/host/main.ts', [koffiFromBeside]);
  await writeFile(new URL(NAME, DIST), `#!/usr/bin/env node\n${code}`);
  await chmod(new URL(NAME, DIST), 0o755);
  const { resolve } = createRequire(import.meta.url);
  const library = resolve(`@koromix/koffi-linux-${process.arch}/linux_${process.arch}/koffi.node`);
  await copyFile(library, new URL(LIBRARY, DIST));
}
