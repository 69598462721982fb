/**
 * Where Bun is. Its package finds it by an install script, which does not run here; the binary lies in a package of its
 * own for each machine.
 */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

/** `undefined`: there is none for this machine. */
export function bunPath(): string | undefined {
  try {
    const path = createRequire(import.meta.url).resolve(
      `@oven/bun-${process.platform}-${process.arch}/bin/bun`,
    );
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
