/**
 * The Go client of the long run, on a clock that can be moved. The libraries are as they are; of Go's own package
 * `time`, `Now` is another.
 *
 * https://pkg.go.dev/cmd/go#hdr-Compile_packages_and_dependencies (-overlay)
 */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { goToolchain } from '../go/toolchain.ts';
import { runBuild } from '../harness/build-once.ts';

const MODULE = new URL('../go/', import.meta.url);
const MOVABLE_NOW = fileURLToPath(new URL('keepcalling/testdata/time_now.go', MODULE));

export const GO_WITH_MOVABLE_CLOCK = goToolchain('Go with a movable clock', {
  module: MODULE,
  packages: { keepcalling: './keepcalling' },
  flags: overlay,
});

async function overlay(go: string, folder: string): Promise<readonly string[]> {
  const root = await runBuild([go, 'env', 'GOROOT'], { cwd: fileURLToPath(MODULE) });
  const time = join(root.trim(), 'src/time');
  const own = await readFile(join(time, 'time.go'), 'utf8');
  const renamed = own.replace(/^func Now\(\) Time \{$/m, 'func machineNow() Time {');
  if (renamed === own) throw new Error(`Now is not where it used to be in ${time}`);
  const renamedFile = join(folder, 'time.go');
  await writeFile(renamedFile, renamed);
  const replaced = { [join(time, 'time.go')]: renamedFile, [join(time, 'time_now.go')]: MOVABLE_NOW };
  const file = join(folder, 'overlay.json');
  await writeFile(file, JSON.stringify({ Replace: replaced }));
  return [`-overlay=${file}`];
}
