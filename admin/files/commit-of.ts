/**
 * Which commit some files are at, for the history: `4f2a91c`, with `+` where something is not committed.
 */

import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const GIT_TIMEOUT_MS = 10_000;

/** `undefined`: they are in no repository, or there is no git. */
export async function commitOf(path: string, isFolder: boolean): Promise<string | undefined> {
  const folder = isFolder ? path : dirname(path);
  const git = async (...words: readonly string[]) => {
    const { stdout } = await run('git', ['-C', folder, ...words], { timeout: GIT_TIMEOUT_MS });
    return stdout.trim();
  };
  try {
    const commit = await git('rev-parse', 'HEAD');
    const changed = await git('status', '--porcelain', '--', '.');
    return changed === '' ? commit : `${commit}+`;
  } catch {
    return undefined;
  }
}
