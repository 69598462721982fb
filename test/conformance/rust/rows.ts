/** The Rust client. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildOnce, runBuild } from '../harness/build-once.ts';
import { findProgram } from '../harness/find-program.ts';
import type { Installed, Missing, Row, Toolchain } from '../harness/row.ts';

const CLIENT = 'google-cloud-auth';
const CRATE = fileURLToPath(new URL('.', import.meta.url));

/** What the client's own manifest asks for. */
const OLDEST_MINOR = 91;

const RUST: Toolchain = { name: 'Rust', install };

async function install(folder: string): Promise<Installed | Missing> {
  const [cargo, cc] = ['cargo', 'cc'].map(findProgram);
  if (cargo === undefined) return { missing: 'no cargo on the PATH' };
  if (cc === undefined) return { missing: 'no cc on the PATH, which Rust links with' };
  const [, minor = 0] = (/1\.(\d+)/.exec(await runBuild([cargo, '--version'], { cwd: CRATE })) ?? []).map(
    Number,
  );
  if (minor < OLDEST_MINOR) return { missing: `Rust 1.${OLDEST_MINOR} or newer` };
  const lockFile = join(CRATE, 'Cargo.lock');
  const inputs = ['Cargo.toml', 'src'].map((name) => join(CRATE, name));
  await buildOnce(folder, [lockFile, ...inputs], async () => {
    const options = { cwd: CRATE, env: { CARGO_TARGET_DIR: folder } };
    await runBuild([cargo, 'build', '--locked', '--quiet'], options);
  });
  return {
    programs: { 'list-buckets': join(folder, 'debug/list-buckets') },
    versions: { [CLIENT]: versionIn(await readFile(lockFile, 'utf8'), CLIENT) },
  };
}

function versionIn(lockFile: string, crate: string): string {
  return lockFile.split(`name = "${crate}"\nversion = "`)[1]?.split('"', 1)[0] ?? '?';
}

export const RUST_ROWS: readonly Row[] = [
  {
    client: CLIENT,
    language: 'Rust',
    toolchain: RUST,
    version: ({ versions }) => versions[CLIENT] ?? '?',
    proof: 'api',
    command: ({ installed, projectId, apiUrl, bucket }) => ({
      argv: [installed.programs['list-buckets'] ?? '', projectId, apiUrl],
      prints: bucket,
    }),
    modes: { environment: 'works', interception: 'works', agentless: 'works' },
  },
];
