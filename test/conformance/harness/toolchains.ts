/** Brings every toolchain of the rows once, outside the namespaces, where there is a network. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { INSTALLED_FOLDER } from './paths.ts';
import type { Installed, Missing, Toolchain } from './row.ts';

/** By the toolchain's name. */
export type Toolchains = Readonly<Record<string, Installed | Missing>>;

export async function installToolchains(toolchains: Iterable<Toolchain>): Promise<Toolchains> {
  // one after the other: each of them takes all cores by itself
  const installed: Record<string, Installed | Missing> = {};
  for (const toolchain of new Set(toolchains)) {
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
    process.stderr.write(`${toolchain.name} could not be installed: ${describe(error)}\n`);
    return { missing: `${toolchain.name} could not be installed: ${describe(error).split('\n', 1)[0]}` };
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
