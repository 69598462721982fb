/**
 * `npm run build`: bundles the refresher into one file, `dist/refresher.mjs`, for Node from 22 on and for Bun.
 *
 * It is copied into other people's images and started beside everything they run, so it is made small: terser finds
 * what esbuild leaves, and the other way round.
 */

import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { build, transform, type Plugin } from 'esbuild';
import { minify, type MinifyOptions } from 'terser';
import { internalNames } from './internal-names.ts';
import { shorten, type SyntaxNode } from './shorter-code.ts';

const ROOT = new URL('../', import.meta.url);
export const DIST = new URL('dist/', ROOT);

const TARGET = 'node22';

/** All of it in one text, with every name as it is in the sources. */
export async function bundledSources(
  format: 'esm' | 'cjs',
  entry = 'refresher/main.ts',
  plugins: readonly Plugin[] = [],
): Promise<string> {
  // the file is the project's own
  const { version } = JSON.parse(await readFile(new URL('package.json', ROOT), 'utf8')) as {
    version: string;
  };
  const { outputFiles } = await build({
    entryPoints: [new URL(entry, ROOT).pathname],
    bundle: true,
    write: false,
    platform: 'node',
    target: TARGET,
    format,
    define: { REFRESHER_VERSION: JSON.stringify(version) },
    minifySyntax: true,
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'warning',
    plugins: [...plugins],
  });
  return outputFiles[0]?.text ?? '';
}

type TreeOptions = Omit<MinifyOptions, 'parse' | 'format'> & Readonly<Record<'parse' | 'format', object>>;

/** As terser documents it (README, "ESTree / SpiderMonkey AST"); its types leave it out. */
export const minifyTree = minify as unknown as (
  program: string | SyntaxNode,
  options: Partial<TreeOptions>,
) => Promise<{ readonly code?: string; readonly ast?: SyntaxNode }>;

export async function syntaxTree(code: string, format: 'esm' | 'cjs'): Promise<SyntaxNode> {
  const { ast } = await minifyTree(code, {
    module: format === 'esm',
    compress: false,
    mangle: false,
    format: { spidermonkey: true, code: false },
  });
  if (ast === undefined) throw new Error('terser gave no syntax tree');
  return ast;
}

/** Writes it to `dist/`, as an ES module or as CommonJS. */
export async function bundleRefresher(name: string, format: 'esm' | 'cjs'): Promise<void> {
  const code = await bundledSources(format);
  const names = await internalNames(code);
  // a variable of that name stands for `undefined`, which takes six characters otherwise, a hundred times
  const program = await syntaxTree(`var undefined;${code}`, format);
  shorten(program);
  const compressed = await minifyTree(program, {
    parse: { spidermonkey: true },
    module: format === 'esm',
    toplevel: true,
    ecma: 2020,
    compress: {
      passes: 5,
      keep_fargs: false,
      hoist_funs: true,
      // nothing here has a getter that does more than get, an arrow's prototype, or a value that a template writes
      // otherwise than a sum of texts does
      pure_getters: true,
      unsafe_arrows: true,
      unsafe: true,
      unsafe_undefined: true,
    },
    mangle: { properties: { regex: new RegExp(`^(?:${names.join('|')})$`) } },
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
  await bundleRefresher('refresher.mjs', 'esm');
  await chmod(new URL('refresher.mjs', DIST), 0o755);
}
