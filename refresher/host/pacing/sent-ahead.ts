/**
 * Whether a connection whose turn has come brings more requests than anybody is answered at once. Whoever does not wait for
 * answers is cut off in any case, but to find it out by parsing what has come keeps the others waiting for a millisecond
 * and a half. So it is looked at before anything is read.
 */

import type { Socket } from 'node:net';
import type { Libc } from '../kernel/libc.ts';
import { descriptorOf } from './descriptor-of.ts';
import { AT_ONCE } from './pace.ts';

export type SentAhead = (socket: Socket) => boolean;

/** As much as the kernel keeps of a connection that is not read. */
const LOOKED_AT = 4_096;
const END_OF_HEADERS = Buffer.from('\r\n\r\n');

/** Without libc it is found out by parsing. */
export function createSentAhead(libc: Pick<Libc, 'peek'> | undefined): SentAhead {
  const received = Buffer.alloc(LOOKED_AT);

  function look(fd: number): number {
    try {
      return libc?.peek(fd, received) ?? 0;
    } catch {
      // whatever is the matter with it, it ends as ever when it is read
      return 0;
    }
  }

  return (socket) => {
    const fd = descriptorOf(socket);
    return fd !== undefined && hasMoreRequests(received.subarray(0, look(fd)));
  };
}

function hasMoreRequests(received: Buffer): boolean {
  let at = -END_OF_HEADERS.length;
  for (let request = 0; request <= AT_ONCE; request += 1) {
    at = received.indexOf(END_OF_HEADERS, at + END_OF_HEADERS.length);
    if (at === -1) return false;
  }
  return true;
}
