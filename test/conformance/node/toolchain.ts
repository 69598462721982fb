/** The packages of the lock file, and the programs beside it, in a folder of their own. */

import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildOnce, runBuild } from '../harness/build-once.ts';
import { findProgram } from '../harness/find-program.ts';
import type { Installed, Missing, Toolchain } from '../harness/row.ts';

export const PACKAGES = ['google-auth-library', '@google-cloud/storage', '@google-cloud/pubsub'] as const;

const PROGRAMS = ['request.js', 'list-buckets.js', 'list-topics.js'] as const;
const FILES = ['package.json', 'package-lock.json', '.npmrc', ...PROGRAMS];

export const NODE: Toolchain = { name: 'Node', install };

async function install(folder: string): Promise<Installed | Missing> {
  const npm = findProgram('npm');
  if (npm === undefined) return { missing: 'no npm on the PATH' };
  const sources = FILES.map((name) => fileURLToPath(new URL(name, import.meta.url)));
  await buildOnce(folder, sources, async () => {
    for (const [index, name] of FILES.entries()) await cp(sources[index] ?? '', join(folder, name));
    await runBuild([npm, 'ci', '--ignore-scripts'], { cwd: folder });
  });
  const versions: Record<string, string> = {};
  for (const name of PACKAGES) {
    const manifest = await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8');
    versions[name] = (JSON.parse(manifest) as { version: string }).version;
  }
  const programs = Object.fromEntries(PROGRAMS.map((name) => [name, join(folder, name)]));
  return { programs: { ...programs, node: process.execPath }, versions };
}
