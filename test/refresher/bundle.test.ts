import { builtinModules } from 'node:module';
import { readFile, readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { BUNDLE, HOST_BUNDLE, runRefresher } from './refresher-process.ts';

const ROOT = new URL('../../', import.meta.url);

/** The program, and the few lines that run as one of their own inside a network namespace. */
const ROOTS = ['main.ts', 'host/attribution/open-listeners.ts'];

describe('the bundle of the refresher', () => {
  it.each([BUNDLE, HOST_BUNDLE])('needs nothing but the runtime: %s', async (bundle) => {
    const text = await readFile(bundle, 'utf8');
    const imported = Array.from(
      text.matchAll(/\bfrom ?"([^"]+)"|\bimport\("([^"]+)"\)/g),
      ([, from, lazily]) => from ?? lazily ?? '',
    );
    expect(imported.length).toBeGreaterThan(5);
    // the host's part lies beside it
    const foreign = imported
      .filter((name) => name !== './refresher-host.mjs')
      .filter((name) => !builtinModules.includes(name.replace(/^node:/, '')));
    expect(foreign).toEqual([]);
    expect(text).not.toMatch(/\brequire\(/);
  });

  it.each([BUNDLE, HOST_BUNDLE])('holds no path of the machine that made it: %s', async (bundle) => {
    expect(await readFile(bundle, 'utf8')).not.toContain(process.cwd());
  });

  it('says the version of the project', async () => {
    const { version } = JSON.parse(await readFile(new URL('package.json', ROOT), 'utf8')) as {
      version: string;
    };
    expect((await runRefresher({ args: ['--version'] })).stdout).toBe(`refresher ${version}\n`);
  });

  it('reads the environment and the command line in one file', async () => {
    const files = await readdir(new URL('refresher/', ROOT), { recursive: true });
    const sources = files.filter((name) => name.endsWith('.ts') && !ROOTS.includes(name));
    const texts = await Promise.all(
      sources.map(async (name) => ({
        name,
        text: await readFile(new URL(`refresher/${name}`, ROOT), 'utf8'),
      })),
    );
    expect(texts.filter(({ text }) => /process\.(?:env|argv)\b/.test(text)).map(({ name }) => name)).toEqual(
      [],
    );
  });
});
