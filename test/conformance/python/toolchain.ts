/** A virtual environment with the pinned clients. */

import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findProgram } from '../harness/find-program.ts';
import type { Installed, Missing, Toolchain } from '../harness/row.ts';

const run = promisify(execFile);

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
  const python = join(folder, 'bin/python');
  const stamp = join(folder, 'installed');
  const wanted = `${python3} ${hash('sha256', await readFile(requirements))}`;
  if ((await readFile(stamp, 'utf8').catch(() => '')) !== wanted) {
    await rm(folder, { recursive: true, force: true });
    try {
      await run(python3, ['-m', 'venv', folder]);
    } catch {
      return { missing: 'python3 cannot make virtual environments' };
    }
    await run(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '--requirement', requirements]);
    await writeFile(stamp, wanted);
  }
  const { stdout } = await run(python, ['-c', VERSIONS]);
  return { programs: { python }, versions: JSON.parse(stdout) as Record<string, string> };
}
