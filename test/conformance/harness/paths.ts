/** Where things are. */

import { fileURLToPath } from 'node:url';

const inRepository = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** Git ignores it: downloads and builds of the clients, kept so that only the first run waits for them. */
export const INSTALLED_FOLDER = inRepository('.conformance');

export const REFRESHER = inRepository('dist/refresher.mjs');
export const RUN = inRepository('test/conformance/run.ts');
