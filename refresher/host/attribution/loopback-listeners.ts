/**
 * A port of our own on loopback, by both versions of IP: where the kernel turns requests to.
 */

import type { Server as NetServer } from 'node:net';
import type { Server } from 'node:http';
import { errorCode } from '../../../shared/unknown.ts';
import { BACKLOG, type Libc } from '../kernel/libc.ts';
import { anotherListener } from '../pacing/connections-in-turn.ts';

export interface LoopbackListeners {
  readonly port: number;
  readonly close: () => void;
}

const ATTEMPTS = 20;

/** Requests come to the server from now on. */
export async function listenOnLoopback(server: Server, libc: Libc | undefined): Promise<LoopbackListeners> {
  const listenAt = createListenAt(libc);
  await listenAt(server, '127.0.0.1', 0);
  for (let attempt = 1; ; attempt += 1) {
    const port = portOf(server);
    const ipv6 = anotherListener(server);
    try {
      await listenAt(ipv6, '::1', port);
      return { port, close: () => void ipv6.close() };
    } catch (error) {
      const code = errorCode(error);
      // a machine without IPv6 turns nothing there, either
      if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return { port, close: () => undefined };
      // somebody else's by IPv6 alone: take another one
      if (code !== 'EADDRINUSE' || attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => server.close(resolve));
      await listenAt(server, '127.0.0.1', 0);
    }
  }
}

/** On all interfaces, for what is turned here from a bridge. */
export async function listenForBridge(server: Server, libc: Libc | undefined): Promise<LoopbackListeners> {
  await createListenAt(libc)(server, '0.0.0.0', 0);
  return { port: portOf(server), close: () => undefined };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

type ListenAt = (server: Server | NetServer, host: string, port: number) => Promise<void>;

/** By the system calls themselves where they can be made: such a listener takes little at a time from each client. */
function createListenAt(libc: Libc | undefined): ListenAt {
  return (server, host, port) =>
    new Promise((resolve, reject) => {
      const where = libc === undefined ? { host, port } : { fd: libc.listen(host, port) };
      server.once('error', reject);
      server.listen({ ...where, backlog: BACKLOG }, () => {
        server.off('error', reject);
        resolve();
      });
    });
}
