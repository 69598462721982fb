/** A virtual environment with the pinned clients. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildOnce, runBuild } from '../harness/build-once.ts';
import { findProgram } from '../harness/find-program.ts';
import type { Installed, Missing, Toolchain } from '../harness/row.ts';

/** Every installed distribution and its version, as JSON. */
const VERSIONS = `
import importlib.metadata as m, json
print(json.dumps({d.metadata["Name"]: d.version for d in m.distributions()}))`;

export const scriptOf = (name: string) => fileURLToPath(new URL(`${name}.py`, import.meta.url));

export const PYTHON = pinned('Python', 'requirements.txt');

/** For what only an older google-auth does. */
export const PYTHON_WITH_MTLS = pinned('Python with mTLS', 'requirements-mtls.txt');

function pinned(name: string, file: string): Toolchain {
  const requirements = fileURLToPath(new URL(file, import.meta.url));
  return { name, install: (folder) => install(folder, requirements) };
}

async function install(folder: string, requirements: string): Promise<Installed | Missing> {
  const python3 = findProgram('python3');
  if (python3 === undefined) return { missing: 'no python3 on the PATH' };
  const environment = join(folder, 'environment');
  const python = join(environment, 'bin/python');
  await buildOnce(folder, [requirements], async () => {
    await rm(environment, { recursive: true, force: true });
    await runBuild([python3, '-m', 'venv', environment], { cwd: folder });
    const pip = [python, '-m', 'pip', 'install', '--quiet', '--no-deps'] as const;
    await runBuild([...pip, '--requirement', requirements], { cwd: folder });
  });
  const versions = await runBuild([python, '-c', VERSIONS], { cwd: folder });
  return { programs: { python }, versions: JSON.parse(versions) as Record<string, string> };
}
