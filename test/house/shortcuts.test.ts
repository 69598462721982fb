import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const TYPES = fileURLToPath(new URL('../types', import.meta.url));
const SHORTCUTS = join(TYPES, 'should-not-compile');
const TSC = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');

/** `file:line TScode`, one for each error that the compiler sees. */
function compilerErrors(): string[] {
  const { stdout } = spawnSync(process.execPath, [TSC, '--project', TYPES, '--pretty', 'false'], {
    cwd: SHORTCUTS,
    encoding: 'utf8',
  });
  const errors = stdout.matchAll(/^(?:.*\/)?([\w-]+\.ts)\((\d+),\d+\): error (TS\d+):/gm);
  return Array.from(errors, ([, file, line, code]) => `${file}:${line} ${code}`);
}

/** The same, as the shortcuts announce it: a comment stands above the line that must not compile. */
function announcedErrors(): string[] {
  return readdirSync(SHORTCUTS).flatMap((file) => {
    const lines = readFileSync(join(SHORTCUTS, file), 'utf8').split('\n');
    return lines.flatMap((line, index) => {
      const code = /\/\/ expect (TS\d+):/.exec(line)?.[1];
      return code === undefined ? [] : [`${file}:${index + 2} ${code}`];
    });
  });
}

it('no shortcut around verification and authorization compiles, and each fails for its own reason', () => {
  const announced = announcedErrors();
  expect(announced.length).toBeGreaterThanOrEqual(7);
  expect(compilerErrors().toSorted()).toEqual(announced.toSorted());
});
