/** The libraries of the pom.xml and the programs beside it, compiled into a folder of their own. */

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildOnce, runBuild } from '../harness/build-once.ts';
import { findProgram } from '../harness/find-program.ts';
import type { Installed, Missing, Toolchain } from '../harness/row.ts';

const OLDEST = 17;

export const JAVA: Toolchain = { name: 'Java', install };

async function install(folder: string): Promise<Installed | Missing> {
  const [java, keytool, maven] = ['java', 'keytool', 'mvn'].map(findProgram);
  if (java === undefined || keytool === undefined) return { missing: 'no JDK on the PATH' };
  if (maven === undefined) return { missing: 'no mvn on the PATH' };
  if (majorVersion(await runBuild([java, '--version'], { cwd: folder })) < OLDEST) {
    return { missing: `Java ${OLDEST} or newer` };
  }
  const project = fileURLToPath(new URL('.', import.meta.url));
  await buildOnce(folder, [join(project, 'pom.xml'), join(project, 'src')], async () => {
    const options = ['--batch-mode', '--quiet', '--no-transfer-progress', `-Dbuilt.in=${folder}`];
    // a library of another version must not stay beside the new one
    for (const name of ['classes', 'lib']) await rm(join(folder, name), { recursive: true, force: true });
    await runBuild([maven, ...options, 'compile'], { cwd: project });
  });
  const libraries = join(folder, 'lib');
  return {
    programs: { java, keytool, classes: join(folder, 'classes'), libraries },
    versions: versionsOf(await readdir(libraries)),
  };
}

/** `openjdk 17.0.15 2025-04-15` */
function majorVersion(said: string): number {
  return Number(/\d+/.exec(said)?.[0] ?? 0);
}

/** `google-cloud-storage-2.78.0.jar` */
function versionsOf(jars: readonly string[]): Record<string, string> {
  const named = jars.map((jar) => /^(.+?)-(\d.*)\.jar$/.exec(jar) ?? []);
  return Object.fromEntries(named.map(([, name = '', version = '']) => [name, version]));
}
