/**
 * What cloud-init would do with a file of ours: writes its files, runs its commands.
 */

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface CloudConfig {
  readonly files: Readonly<Record<string, string>>;
  /** Shell. */
  readonly commands: readonly string[];
}

export const packagingUrl = (name: string) =>
  new URL(`../../../refresher/host/packaging/${name}`, import.meta.url);

export function readCloudConfig(name: string): CloudConfig {
  const config = parse(readFileSync(packagingUrl(name), 'utf8')) as {
    readonly write_files: readonly { readonly path: string; readonly content: string }[];
    readonly runcmd: readonly string[];
  };
  return {
    files: Object.fromEntries(config.write_files.map(({ path, content }) => [path, content])),
    commands: config.runcmd,
  };
}

/** The file of variables, with the functions that there are here. */
export function withFunctions(text: string, env: Readonly<Record<string, string>>): string {
  return text.replaceAll(/^(\w+)=https:.*$/gm, (line, name: string) => `${name}=${env[name] ?? line}`);
}
