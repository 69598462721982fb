/**
 * `npm run build:refresher`: one executable file, `dist/refresher`, that needs nothing installed: the runtime that runs
 * this script, with the bundle inside.
 *
 * https://nodejs.org/docs/latest-v24.x/api/single-executable-applications.html
 */

import { execFile } from 'node:child_process';
import { chmod, copyFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { bundleWholeRefresher, DIST } from './bundle.ts';

const run = promisify(execFile);
const path = (name: string) => new URL(name, DIST).pathname;

/** By its command line, because the library prints warnings that mean nothing. */
const POSTJECT = join(dirname(createRequire(import.meta.url).resolve('postject')), 'cli.js');

/** In every Node binary: postject marks there that something was put in. */
const SENTINEL_FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

const [script, settings, blob, executable] = [
  path('refresher.cjs'),
  path('refresher-sea.json'),
  path('refresher.blob'),
  path('refresher'),
];

// a single executable can start with a CommonJS script only
await bundleWholeRefresher('refresher.cjs');
await writeFile(
  settings,
  JSON.stringify({
    main: script,
    output: blob,
    disableExperimentalSEAWarning: true,
    // flags of Node in the environment, --inspect among them, are not for this program
    execArgvExtension: 'none',
  }),
);
await run(process.execPath, ['--experimental-sea-config', settings]);
await rm(executable, { force: true });
await copyFile(process.execPath, executable);
await chmod(executable, 0o755);
// symbols are a fifth of the file; without `strip` it is only larger
await run('strip', ['--strip-unneeded', executable]).catch(() => undefined);
await run(process.execPath, [
  POSTJECT,
  executable,
  'NODE_SEA_BLOB',
  blob,
  '--sentinel-fuse',
  SENTINEL_FUSE,
  '--overwrite',
]);
for (const leftover of [script, settings, blob]) await rm(leftover);
const { size } = await stat(executable);
process.stdout.write(`${executable}: ${Math.round(size / 2 ** 20)} MiB\n`);
