import { builtinModules } from 'node:module';
import { readFile, readdir, stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { BUNDLE, runRefresher } from './refresher-process.ts';

const ROOT = new URL('../../', import.meta.url);

describe('the bundle of the refresher', () => {
  it('needs nothing but the runtime', async () => {
    const text = await readFile(BUNDLE, 'utf8');
    const imported = Array.from(
      text.matchAll(/\bfrom ?"([^"]+)"|\bimport\("([^"]+)"\)/g),
      ([, from, lazily]) => from ?? lazily ?? '',
    );
    expect(imported.length).toBeGreaterThan(5);
    const foreign = imported.filter((name) => !builtinModules.includes(name.replace(/^node:/, '')));
    expect(foreign).toEqual([]);
    expect(text).not.toMatch(/\brequire\(/);
  });

  it('is at most 48 KiB', async () => {
    expect((await stat(BUNDLE)).size).toBeLessThanOrEqual(48 * 1024);
  });

  it('holds no path of the machine that made it', async () => {
    expect(await readFile(BUNDLE, 'utf8')).not.toContain(process.cwd());
  });

  it('says the version of the project', async () => {
    const { version } = JSON.parse(await readFile(new URL('package.json', ROOT), 'utf8')) as {
      version: string;
    };
    expect((await runRefresher({ args: ['--version'] })).stdout).toBe(`refresher ${version}\n`);
  });

  it('reads the environment and the command line in its root', async () => {
    const files = await readdir(new URL('refresher/', ROOT), { recursive: true });
    const sources = files.filter((name) => name.endsWith('.ts') && !name.endsWith('main.ts'));
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
