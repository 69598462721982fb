/**
 * A clean checkout, with what an admin adds to an environment: values, a place for the state, a lock file.
 */

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from './build.ts';

export const ENVIRONMENT_DIR = 'terraform/examples/minimal';

const ADDED = {
  'backend.tf': 'terraform {\n  backend "gcs" {}\n}\n',
  'terraform.tfvars': 'project_id     = "acme-vending"\nproject_number = 111222333444\n',
  '.terraform.lock.hcl': '',
} as const;

export interface Checkout {
  readonly folder: string;
  /** Absolute, of a path in the repository. */
  readonly path: (name: string) => string;
  readonly remove: () => void;
}

/** What git knows, and what it would add: neither packages nor what was built. */
export function createCheckout(): Checkout {
  const folder = mkdtempSync(join(tmpdir(), 'checkout-'));
  const path = (name: string) => join(folder, name);
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const files = execFileSync('git', list, { cwd: ROOT, encoding: 'utf8' }).split('\0').filter(Boolean);
  // git still lists what was deleted a moment ago
  for (const file of files.filter((name) => existsSync(join(ROOT, name)))) {
    mkdirSync(dirname(path(file)), { recursive: true });
    cpSync(join(ROOT, file), path(file), { verbatimSymlinks: true });
  }
  for (const [name, content] of Object.entries(ADDED))
    writeFileSync(path(`${ENVIRONMENT_DIR}/${name}`), content);
  return { folder, path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
