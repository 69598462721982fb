/**
 * Network namespaces: which one a path leads to. While a descriptor of one is open, no other gets its number.
 */

import { closeSync, constants, fstatSync, openSync, statfsSync, statSync, type BigIntStats } from 'node:fs';
import { allProcesses, ancestorsOf, cgroupOf, isWithin } from './processes.ts';

export interface NamespaceId {
  readonly device: string;
  readonly inode: string;
}

export interface OpenNamespace {
  readonly fd: number;
  readonly id: NamespaceId;
  readonly close: () => void;
}

/** https://man7.org/linux/man-pages/man2/statfs.2.html */
const NSFS_MAGIC = 0x6e736673;

/** The same on every machine whose kernel is recent: `NET_NS_INIT_INO` of Linux. */
const FIRST_NETWORK_NAMESPACE = String(0xeffffff9);

/** `undefined`: there is nothing, or something else. */
export function openNamespace(path: string): OpenNamespace | undefined {
  try {
    if (statfsSync(path).type !== NSFS_MAGIC) return undefined;
    // a pipe that was put there meanwhile would keep us waiting
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    let isOpen = true;
    const close = () => {
      if (isOpen) closeSync(fd);
      isOpen = false;
    };
    return { fd, id: idOf(fstatSync(fd, { bigint: true })), close };
  } catch {
    return undefined;
  }
}

export function namespaceAt(path: string): NamespaceId | undefined {
  try {
    return idOf(statSync(path, { bigint: true }));
  } catch {
    return undefined;
  }
}

export function isSameNamespace(one: NamespaceId, other: NamespaceId | undefined): boolean {
  return one.device === other?.device && one.inode === other.inode;
}

export const namespacePathOf = (pid: number | 'self') => `/proc/${pid}/ns/net`;

/**
 * The host's own: that of the daemon, of whatever started it, of the first process, and that which the kernel began
 * with. More than one, because a daemon may be in a container itself, or may not see the first process.
 */
export function isHostNamespace(id: NamespaceId): boolean {
  if (id.inode === FIRST_NETWORK_NAMESPACE) return true;
  return ['self' as const, 1, ...ancestorsOf('self')].some((pid) =>
    isSameNamespace(id, namespaceAt(namespacePathOf(pid))),
  );
}

/** A process that is in a namespace, but in another cgroup than the process which that namespace was named by. */
export function strangerIn(id: NamespaceId, pid: number): number | undefined {
  const own = cgroupOf(pid) ?? '/';
  return allProcesses().find(
    (other) =>
      isSameNamespace(id, namespaceAt(namespacePathOf(other))) && !isWithin(cgroupOf(other) ?? own, own),
  );
}

function idOf({ dev, ino }: BigIntStats): NamespaceId {
  return { device: String(dev), inode: String(ino) };
}
