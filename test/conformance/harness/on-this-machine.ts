/** Tests that need something of the machine: skipped by name where it is not there, and failing then with `CI=true`. */

import { inject, it } from 'vitest';
import type { Installed, Row, Toolchain } from './row.ts';
import { isMissing } from './toolchains.ts';

const isCi = process.env['CI'] === 'true';

/** Why rows of this toolchain cannot be run here; undefined: they can. */
export function missing(toolchain: Toolchain): string | undefined {
  const noNamespaces = inject('namespacesMissing');
  if (noNamespaces !== undefined) return noNamespaces;
  const found = inject('toolchains')[toolchain.name];
  if (found === undefined) return `${toolchain.name} is not among what was installed`;
  return isMissing(found) ? found.missing : undefined;
}

/** Throws where it is missing. */
export function installed(toolchain: Toolchain): Installed {
  const found = inject('toolchains')[toolchain.name];
  const why = missing(toolchain);
  if (found === undefined || isMissing(found) || why !== undefined) throw new Error(why ?? 'missing');
  return found;
}

/** A test that runs these rows, side by side with others of its kind. */
export function itWith(
  rows: readonly Pick<Row, 'toolchain'>[],
  title: string,
  body: () => Promise<void>,
): void {
  const why = rows.map(({ toolchain }) => missing(toolchain)).find((one) => one !== undefined);
  const skip = why !== undefined && !isCi;
  const declare = it.concurrent;
  declare(skip ? `${title} (skipped: ${why})` : title, { skip }, body);
}
