/**
 * `npm run build`: bundles the prober into one file, `dist/probe.mjs`.
 */

import { writeFile } from 'node:fs/promises';
import { bundledSources, DIST } from '../refresher/bundle.ts';

await writeFile(new URL('probe.mjs', DIST), await bundledSources('esm', 'probe/main.ts'));
