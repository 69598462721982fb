/**
 * `npm run build`: bundles the functions into `dist/functions`, deployable as it is.
 *
 * The framework stays outside: it keeps the registry of functions, and a second copy of it would be a second registry.
 * There is no build script in the folder's package.json, because the platform would run one on deploy, and what was
 * tested would not be what is deployed.
 */

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { build, type Plugin } from 'esbuild';
import { lockFileFor, type LockFile } from './lock-file.ts';

const FRAMEWORK = '@google-cloud/functions-framework';
const ROOT = new URL('../', import.meta.url);
const OUT = new URL('dist/functions/', ROOT);

/** The Firestore client is CommonJS inside: in an ES module it needs these from somewhere. */
const COMMONJS_GLOBALS = [
  "import { createRequire as __createRequire } from 'node:module';",
  "import { fileURLToPath as __fileURLToPath } from 'node:url';",
  'const require = __createRequire(import.meta.url);',
  "const __filename = __fileURLToPath(import.meta.url), __dirname = __fileURLToPath(new URL('.', import.meta.url));",
].join('\n');

/**
 * Generated code of other services that the Firestore client exports and does not use: IAM, locations, operations and
 * Firestore's own administration. It is a sixth of the bundle, and every cold start would compile it.
 */
const UNUSED =
  /google-gax\/build\/protos\/(?:iam_service|locations|operations)\.js$|\/v1\/firestore_admin_client\.js$/;

const leaveOutUnused: Plugin = {
  name: 'leave-out-unused',
  setup: (bundler) =>
    bundler.onLoad({ filter: UNUSED }, () => ({ contents: 'module.exports = {};', loader: 'js' })),
};

interface RootManifest {
  readonly version: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

async function readJson<T>(name: string): Promise<T> {
  // both files are the project's own
  return JSON.parse(await readFile(new URL(name, ROOT), 'utf8')) as T;
}

async function writeJson(name: string, value: unknown): Promise<void> {
  await writeFile(new URL(name, OUT), `${JSON.stringify(value, null, 2)}\n`);
}

async function bundle(): Promise<void> {
  const root = await readJson<RootManifest>('package.json');
  const manifest = {
    name: 'token-vending-functions',
    version: root.version,
    private: true,
    license: root.license,
    type: 'module',
    main: 'index.js',
    engines: { node: '24' },
    dependencies: { [FRAMEWORK]: root.dependencies[FRAMEWORK] ?? '' },
  };
  await rm(OUT, { recursive: true, force: true });
  await mkdir(OUT, { recursive: true });
  await build({
    // names of files stand in the output: they must not depend on where it is started
    absWorkingDir: ROOT.pathname,
    entryPoints: [new URL('functions/index.ts', ROOT).pathname],
    outdir: OUT.pathname,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    external: [FRAMEWORK],
    plugins: [leaveOutUnused],
    banner: { js: COMMONJS_GLOBALS },
    legalComments: 'eof',
    logLevel: 'warning',
  });
  await writeJson('package.json', manifest);
  await writeJson('package-lock.json', lockFileFor(manifest, await readJson<LockFile>('package-lock.json')));
}

await bundle();
