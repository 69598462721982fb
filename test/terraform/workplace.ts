/**
 * A copy of what a deployment is made of, to plan in and to change at will: the modules and the examples, what the builds are given, the
 * archive as it was built, and something small in the place of what worker VMs install.
 */

import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const ARCHIVE = join(ROOT, 'dist/functions.zip');

const NEEDED = ['terraform', 'bootstrap', 'probe/packaging', 'dist/functions.zip'];

export interface Workplace {
  /** Absolute, of a path in the repository. */
  readonly path: (name: string) => string;
  readonly remove: () => void;
}

export function createWorkplace(): Workplace {
  if (!existsSync(ARCHIVE)) throw new Error('dist/functions.zip is missing: npm run build');
  const folder = mkdtempSync(join(tmpdir(), 'terraform-'));
  const path = (name: string) => join(folder, name);
  for (const name of NEEDED) {
    mkdirSync(dirname(path(name)), { recursive: true });
    cpSync(join(ROOT, name), path(name), {
      recursive: true,
      filter: (source) => !source.includes('.terraform/'),
    });
  }
  writeFileSync(path('dist/worker.tar.gz'), 'in the place of what worker VMs install');
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
