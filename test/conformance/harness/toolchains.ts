/** Brings every toolchain of the rows once, outside the namespaces, where there is a network. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { INSTALLED_FOLDER } from './paths.ts';
import type { Installed, Missing, Row, Toolchain } from './row.ts';

/** By the toolchain's name. */
export type Toolchains = Readonly<Record<string, Installed | Missing>>;

export async function installToolchains(rows: readonly Row[]): Promise<Toolchains> {
  const toolchains = new Set(rows.map((row) => row.toolchain));
  // one after the other: each of them takes all cores by itself
  const installed: Record<string, Installed | Missing> = {};
  for (const toolchain of toolchains) {
    if (toolchain.name in installed) throw new Error(`two toolchains are called ${toolchain.name}`);
    installed[toolchain.name] = await install(toolchain);
  }
  return installed;
}

export function isMissing(toolchain: Installed | Missing): toolchain is Missing {
  return 'missing' in toolchain;
}

async function install(toolchain: Toolchain): Promise<Installed | Missing> {
  const folder = join(INSTALLED_FOLDER, toolchain.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'));
  await mkdir(folder, { recursive: true });
  try {
    return await toolchain.install(folder);
  } catch (error) {
    throw new Error(`${toolchain.name} could not be installed`, { cause: error });
  }
}
