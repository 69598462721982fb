/**
 * An address that is the same in every run, for a server that listens wherever it found a free port. Connections are
 * passed on byte for byte, from the loopback address only.
 */

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface FrontDoor {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Cuts off whoever is inside, and closes every connection that comes until it opens again. */
  readonly shut: () => void;
  readonly open: () => void;
  readonly close: () => Promise<void>;
}

/** On the preferred port, or on any where somebody else has that one. */
export async function openFrontDoor(preferredPort: number, behind: URL): Promise<FrontDoor> {
  const sockets = new Set<Socket>();
  let isShut = false;
  const server = createServer((visitor) => {
    if (isShut) {
      visitor.destroy();
      return;
    }
    const inside = connect(Number(behind.port), behind.hostname);
    for (const [socket, other] of [
      [visitor, inside],
      [inside, visitor],
    ] as const) {
      sockets.add(socket);
      socket.pipe(other);
      // an error is always followed by a close
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  const port = await listen(server, preferredPort);
  const cutOff = () => sockets.forEach((socket) => socket.destroy());
  return {
    url: `http://127.0.0.1:${port}`,
    shut() {
      isShut = true;
      cutOff();
    },
    open() {
      isShut = false;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      cutOff();
      await closed;
    },
  };
}

async function listen(server: Server, preferredPort: number): Promise<number> {
  try {
    return await listenOn(server, preferredPort);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    return listenOn(server, 0);
  }
}

async function listenOn(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no TCP port');
  return address.port;
}
