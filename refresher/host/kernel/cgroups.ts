/**
 * Cgroups of version 2: which one a path leads to. The kernel gives no number twice, so that one which is made again
 * under the same name is another.
 */

import { closeSync, constants, fstatSync, openSync, realpathSync, statfsSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { cgroupOf } from './processes.ts';

/** nft looks there, and nowhere else. */
export const CGROUP_ROOT = '/sys/fs/cgroup';

/** https://man7.org/linux/man-pages/man2/statfs.2.html */
const CGROUP2_MAGIC = 0x63677270;

export interface Cgroup {
  /** Below the root, without a slash in front: as nft writes it. */
  readonly path: string;
  readonly id: string;
}

/** One that stays what it is while it is open, whatever becomes of its name. */
export interface OpenCgroup extends Cgroup {
  /** How many names its path has. */
  readonly depth: number;
  /** As nft finds it, even when another has its path. */
  readonly pathForNft: string;
  readonly close: () => void;
}

/** What systemd and container engines name cgroups; nothing that could end a quoted string of nft's. */
const PATH = /^[\w.@:+~\\-]+(?:\/[\w.@:+~\\-]+)*$/;
const MAX_PATH_LENGTH = 1_000;

export function hasCgroups(): boolean {
  return isCgroup(CGROUP_ROOT);
}

/** A path below the root, or one of the file system; `undefined`: no cgroup is there, or it is the root. */
export function cgroupAt(given: string): Cgroup | undefined {
  try {
    const full = realpathSync(given.startsWith(`${CGROUP_ROOT}/`) ? given : join(CGROUP_ROOT, given));
    if (!full.startsWith(`${CGROUP_ROOT}/`) || !isCgroup(full)) return undefined;
    const path = full.slice(CGROUP_ROOT.length + 1);
    const { ino } = statSync(full, { bigint: true });
    return PATH.test(path) && path.length <= MAX_PATH_LENGTH ? { path, id: String(ino) } : undefined;
  } catch {
    return undefined;
  }
}

/** `undefined`: as above, or another one has come to have the path meanwhile. */
export function openCgroup(given: string): OpenCgroup | undefined {
  const found = cgroupAt(given);
  if (found === undefined) return undefined;
  const { path, id } = found;
  let fd: number;
  try {
    fd = openSync(join(CGROUP_ROOT, path), constants.O_RDONLY | constants.O_DIRECTORY);
  } catch {
    return undefined;
  }
  let isOpen = true;
  function close(): void {
    if (isOpen) closeSync(fd);
    isOpen = false;
  }
  if (String(fstatSync(fd, { bigint: true }).ino) !== id) {
    close();
    return undefined;
  }
  const up = relative(CGROUP_ROOT, '/');
  return {
    path,
    id,
    depth: path.split('/').length,
    pathForNft: `${up}/proc/${process.pid}/fd/${fd}`,
    close,
  };
}

/** The daemon's; `undefined` where it is in the root, with everything else. */
export function ownCgroup(): Cgroup | undefined {
  const path = cgroupOf('self');
  return path === undefined || path === '/' ? undefined : cgroupAt(path);
}

/** How nft finds the sockets of a cgroup, and of those below it. */
export function socketsOf({ path }: Pick<Cgroup, 'path'>): string {
  return `socket cgroupv2 level ${path.split('/').length} "${path}"`;
}

function isCgroup(path: string): boolean {
  try {
    return statfsSync(path).type === CGROUP2_MAGIC && statSync(path).isDirectory();
  } catch {
    return false;
  }
}
