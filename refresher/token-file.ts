/**
 * The token file: the bare access token of an account, for programs that read one from a file.
 *
 * It holds a token exactly while the account has one. Each change is written beside it and renamed over it, so that a
 * reader sees the old token or the new one, whole; nobody but the owner may read either.
 */

import { basename, dirname, join } from 'node:path';
import type { AccessToken } from '../shared/tokens.ts';
import { errorCode } from '../shared/unknown.ts';
import { files } from './files.ts';
import type { Log } from './log.ts';
import type { Account } from './tokens/account.ts';
import type { Clock } from './tokens/clock.ts';

export interface TokenFile {
  /** Resolves when the file is as the account was when this was called. */
  settled(): Promise<void>;
  /** Follows no more, and removes the file: nobody keeps it fresh any longer. */
  close(): Promise<void>;
}

interface Dependencies {
  readonly path: string;
  readonly account: Pick<Account, 'currentAccessToken' | 'onChange'>;
  readonly log: Log;
  readonly setTimer: Clock['setTimer'];
}

/** A full disk, or a folder that is not there yet. */
const RETRY_MS = 10_000;
/** What a killed process left half-written, and no other can be busy with. */
const ABANDONED_AFTER_MS = 60_000;

export function keepTokenFile({ path, account, log, setTimer }: Dependencies): TokenFile {
  let isClosed = false;
  let cancelRetry: (() => void) | undefined;
  let written: AccessToken | undefined;
  /** One change at a time, in order. */
  let work = removeAbandoned(path).catch(() => undefined);
  const stopFollowing = account.onChange(follow);

  function follow(): void {
    cancelRetry?.();
    work = work.then(bringUpToDate);
  }

  async function bringUpToDate(): Promise<void> {
    const reading = isClosed ? undefined : account.currentAccessToken();
    const token = reading?.kind === 'token' ? reading.token : undefined;
    // of several changes that piled up, the first has written the last
    if (token !== undefined && token === written) return;
    written = undefined;
    try {
      if (token !== undefined) await replace(path, token.reveal());
      // before the first exchange has ended nobody knows what an earlier run left there
      else if (reading !== undefined || isClosed) await (await files()).rm(path, { force: true });
      written = token;
    } catch (error) {
      const what = token === undefined ? 'removed' : 'written';
      log('ERROR', `The token file cannot be ${what}.`, { path, code: errorCode(error) });
      if (!isClosed) cancelRetry = setTimer(RETRY_MS, follow);
    }
  }

  follow();
  return {
    settled: () => work,
    async close() {
      isClosed = true;
      stopFollowing();
      follow();
      await work;
    },
  };
}

/** The new file is made by this process alone (`wx`), and is on the disk before it has the name. */
async function replace(path: string, text: string): Promise<void> {
  const { open, rename, rm } = await files();
  const temporary = join(
    dirname(path),
    `${temporaryPrefix(path)}${process.pid}-${Math.random().toString(36).slice(2)}`,
  );
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      // whatever the umask left of it
      await file.chmod(0o600);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function temporaryPrefix(path: string): string {
  return `.${basename(path)}.new-`;
}

/** They hold tokens. */
async function removeAbandoned(path: string): Promise<void> {
  const { readdir, rm, stat } = await files();
  const folder = dirname(path);
  const names = (await readdir(folder)).filter((name) => name.startsWith(temporaryPrefix(path)));
  for (const name of names) {
    const { mtimeMs } = await stat(join(folder, name));
    if (Date.now() - mtimeMs > ABANDONED_AFTER_MS) await rm(join(folder, name), { force: true });
  }
}
