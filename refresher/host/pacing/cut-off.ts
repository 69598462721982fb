/**
 * Ends a connection by another thread than the one that answers.
 *
 * To close a connection of which not everything was read, the kernel resets it, and whoever closes it has to throw away
 * what the other end still holds: a millisecond in which no task is answered. The last descriptor of the connection
 * does that, so one more is closed by a thread of Node's pool.
 */

import { close } from 'node:fs';
import type { Socket } from 'node:net';
import type { Libc } from '../kernel/libc.ts';
import { descriptorOf } from './descriptor-of.ts';

export type CutOff = (socket: Socket) => void;

/** Without libc, or where there are no descriptors left, it takes its millisecond. */
export function createCutOff(
  libc: Pick<Libc, 'duplicate'> | undefined,
  closeElsewhere: (fd: number) => void = (fd) => close(fd, () => undefined),
): CutOff {
  function another(socket: Socket): number | undefined {
    const fd = descriptorOf(socket);
    try {
      return fd === undefined ? undefined : libc?.duplicate(fd);
    } catch {
      return undefined;
    }
  }

  return (socket) => {
    const last = another(socket);
    socket.destroy();
    if (last !== undefined) closeElsewhere(last);
  };
}
