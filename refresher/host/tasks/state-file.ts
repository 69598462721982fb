/**
 * What survives a restart of the daemon: which tasks there are, and what they are known by. Never a token.
 *
 * Written beside the file and renamed over it, so that a daemon that is killed at any moment leaves the old state or
 * the new one, whole. What was written before the machine started is no longer about anything.
 */

import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from '../../../shared/unknown.ts';
import { badConfiguration } from '../../failure.ts';
import { createStateText, readStateText } from './state-text.ts';
import type { StoredTask } from './stored-task.ts';

export interface StateFile {
  /** Throws where it is there and cannot be read or understood: nobody is left out in silence. */
  readonly read: () => Promise<readonly StoredTask[]>;
  /** Resolves when this state, or a later one, is on the disk. */
  readonly write: (tasks: readonly StoredTask[]) => Promise<void>;
}

export function createStateFile({ path, bootId }: { path: string; bootId: string }): StateFile {
  const textOf = createStateText(bootId);
  let work: Promise<void> = Promise.resolve();
  let latest: readonly StoredTask[] = [];
  let waiting: Promise<void> | undefined;

  async function replace(text: Buffer): Promise<void> {
    // one writer: the daemon holds the control socket
    const temporary = `${path}.new`;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  }

  return {
    async read() {
      const text = await readFile(path, 'utf8').catch((error: unknown) => {
        if (errorCode(error) === 'ENOENT') return undefined;
        throw error;
      });
      try {
        return text === undefined ? [] : readStateText(text, bootId);
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : 'unreadable';
        throw badConfiguration(
          `${path} cannot be understood (${why}): remove it, and register the tasks again`,
          cause,
        );
      }
    },
    write(tasks) {
      latest = tasks;
      // one at a time; those who come while one is under way share the next
      waiting ??= work
        .catch(() => undefined)
        .then(() => {
          waiting = undefined;
          // not before: the one that was under way held the text
          return replace(textOf(latest));
        });
      work = waiting;
      return waiting;
    },
  };
}
