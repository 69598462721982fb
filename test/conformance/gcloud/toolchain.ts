/** The Google Cloud SDK of this machine, with the programs that come in it. */

import { existsSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../harness/find-program.ts';
import type { Installed, Missing, Toolchain } from '../harness/row.ts';

/** Where each program's version stands below the SDK's folder. */
const VERSION_FILES = {
  gcloud: 'VERSION',
  gsutil: 'platform/gsutil/VERSION',
  bq: 'platform/bq/VERSION',
} as const;

const USUAL_ROOTS = [
  '/usr/lib/google-cloud-sdk',
  '/usr/share/google-cloud-sdk',
  '/usr/lib64/google-cloud-sdk',
];

export const GCLOUD: Toolchain = { name: 'Google Cloud SDK', isOfMachine: true, install: find };

async function find(): Promise<Installed | Missing> {
  const programs: Record<string, string> = {};
  const versions: Record<string, string> = {};
  const gcloud = findProgram('gcloud');
  if (gcloud === undefined) return { missing: 'no gcloud on the PATH' };
  const roots = [join(realpathSync(gcloud), '../..'), ...USUAL_ROOTS, join(homedir(), 'google-cloud-sdk')];
  const root = roots.find((folder) => existsSync(join(folder, VERSION_FILES.gcloud)));
  if (root === undefined) return { missing: `no SDK around ${gcloud}` };
  for (const [name, file] of Object.entries(VERSION_FILES)) {
    const path = join(root, file);
    if (!existsSync(path)) return { missing: `no ${name} in the SDK: gcloud components install ${name}` };
    programs[name] = join(root, 'bin', name);
    versions[name] = (await readFile(path, 'utf8')).trim();
  }
  return { programs, versions };
}
