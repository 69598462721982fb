/** Programs of a Go module, each pinned by its go.sum. */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildOnce, runBuild } from '../harness/build-once.ts';
import { findProgram } from '../harness/find-program.ts';
import type { Installed, Missing, Toolchain } from '../harness/row.ts';

interface GoModule {
  /** Folder of the go.mod. */
  readonly module: URL;
  /** By the program's name, its package, such as `./storage`. */
  readonly packages: Readonly<Record<string, string>>;
  /** More of `go build`'s; what they name is written into the folder. */
  readonly flags?: (go: string, folder: string) => Promise<readonly string[]>;
}

export function goToolchain(name: string, module: GoModule): Toolchain {
  return { name, install: (folder) => install(folder, module) };
}

async function install(folder: string, { module, packages, flags }: GoModule): Promise<Installed | Missing> {
  const cwd = fileURLToPath(module);
  const go = findProgram('go');
  if (go === undefined) return { missing: 'no go on the PATH' };
  try {
    // in the module's folder: a go that is too old fetches the newer one that go.mod asks for, or says that it may not
    await runBuild([go, 'version'], { cwd });
  } catch {
    return { missing: 'a newer go' };
  }
  const programs = Object.fromEntries(Object.keys(packages).map((name) => [name, join(folder, name)]));
  await buildOnce(folder, [cwd], async () => {
    // as most images are built: nothing of the machine's C library
    const options = { cwd, env: { CGO_ENABLED: '0' } };
    const build = [
      go,
      'build',
      '-trimpath',
      '-ldflags=-s -w',
      ...((await flags?.(go, folder)) ?? []),
    ] as const;
    for (const [name, source] of Object.entries(packages)) {
      await runBuild([...build, '-o', join(folder, name), source], options);
    }
  });
  const built = await runBuild([go, 'version', '-m', ...Object.values(programs)], { cwd });
  return { programs, versions: versionsOf(built) };
}

/** The modules in `go version -m`: a line `dep MODULE VERSION SUM` each. */
function versionsOf(built: string): Record<string, string> {
  const modules = built.matchAll(/^\tdep\t(\S+)\tv(\S+)/gm);
  return Object.fromEntries(Array.from(modules, ([, name = '', version = '']) => [name, version]));
}
