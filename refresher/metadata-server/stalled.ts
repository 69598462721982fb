/**
 * The other side of a connection that does not read what it asked for.
 */

import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Called behind an answer. A timer for the few that stall, because one for each request would be felt. */
export function cutOffIfStalled(socket: Duplex, afterMs: number): void {
  if (socket.writableLength > 0 && socket instanceof Socket) socket.setTimeout(afterMs);
}
