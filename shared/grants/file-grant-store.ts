/**
 * Grants in a file beside the function, for a laptop, a test or a deployment without Firestore.
 *
 * The file is looked at no more than twice a second, so that a change holds for every exchange that starts a second
 * after it. A file that cannot be read or parsed any more is a fault until it is mended: the last good one might hold
 * the very grant that somebody has just removed.
 */

import { readFileSync, statSync } from 'node:fs';
import { Fault } from '../fault.ts';
import { errorCode } from '../unknown.ts';
import { KILL_SWITCH_PATH, PRINCIPALS, type GrantStore } from './grant-store.ts';
import { GrantsFileError, parseGrantsFile, type GrantsFile } from './grants-file.ts';

interface Options {
  readonly path: string;
  readonly nowMs: () => number;
}

const CHECK_INTERVAL_MS = 500;
/** File systems tell time in ticks: a file written twice within one looks unchanged, so a young one is read again. */
const SETTLED_AFTER_MS = 2_000;

interface Loaded {
  readonly version: string;
  readonly settled: boolean;
  readonly content: GrantsFile | Fault;
}

/** Throws a `Fault` where the file cannot be read or parsed at the start. */
export function createFileGrantStore({ path, nowMs }: Options): GrantStore {
  let checkedAtMs = nowMs();
  let loaded = load();
  if (loaded.content instanceof Fault) throw loaded.content;

  function load(): Loaded {
    try {
      const { version, changedAtMs } = versionOf(path);
      const settled = nowMs() - changedAtMs > SETTLED_AFTER_MS;
      return { version, settled, content: parseGrantsFile(readFileSync(path, 'utf8')) };
    } catch (cause) {
      return { version: '', settled: false, content: unreadable(path, cause) };
    }
  }

  function isUnchanged(): boolean {
    return loaded.settled && currentVersion(path) === loaded.version;
  }

  function current(): GrantsFile {
    const now = nowMs();
    // a clock that was set back must not stop the checks
    if (Math.abs(now - checkedAtMs) >= CHECK_INTERVAL_MS) {
      if (!isUnchanged()) loaded = load();
      checkedAtMs = now;
    }
    if (loaded.content instanceof Fault) throw loaded.content;
    return loaded.content;
  }

  return {
    async find(ids) {
      const { principals, killSwitch } = current();
      const principal = (id: string) =>
        Object.hasOwn(principals, id) ? { path: `${PRINCIPALS}/${id}`, data: principals[id] } : undefined;
      return {
        instance: principal(ids.instance),
        serviceAccount: principal(ids.serviceAccount),
        killSwitch: killSwitch === undefined ? undefined : { path: KILL_SWITCH_PATH, data: killSwitch },
      };
    },
  };
}

/** What changes with every write and every replacement, whatever the writer does to the modification time. */
function versionOf(path: string): { version: string; changedAtMs: number } {
  const { ino, size, ctimeNs } = statSync(path, { bigint: true });
  return { version: `${ino} ${size} ${ctimeNs}`, changedAtMs: Number(ctimeNs / 1_000_000n) };
}

function currentVersion(path: string): string | undefined {
  try {
    return versionOf(path).version;
  } catch {
    return undefined;
  }
}

function unreadable(path: string, cause: unknown): Fault {
  const problem =
    cause instanceof GrantsFileError ? cause.message : `cannot be read (${String(errorCode(cause))})`;
  return new Fault('grants_file_unreadable', { detail: `the grants file ${path} ${problem}`, cause });
}
