/**
 * Where Bun is. Its package finds it by an install script, which does not run here; the binary lies in a package of its
 * own for each machine.
 */

import { createRequire } from 'node:module';

/** `undefined`: there is none for this machine. */
export function bunPath(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`@oven/bun-${process.platform}-${process.arch}/bin/bun`);
  } catch {
    return undefined;
  }
}
