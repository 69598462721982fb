/**
 * The descriptor of a connection, for system calls that Node does not offer.
 */

import type { Socket } from 'node:net';

/** `undefined`: it is closed. Node has no public name for it. */
export function descriptorOf(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return undefined;
  return typeof handle.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}
