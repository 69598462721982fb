/**
 * Room for connections: there are so many, and whoever comes late is let in at the expense of who does nothing.
 *
 * A neighbour that opens thousands of connections and keeps them therefore keeps nobody out. First go those that never
 * sent a request, then those that have been idle for longest; one whose request is being answered stays.
 */

import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export interface Connections {
  /** A request has come. */
  use(socket: Socket): void;
  /** Its answer takes a while; `undefined` where too many answers of this connection already do. */
  hold(socket: Socket): (() => void) | undefined;
}

interface Options {
  readonly connections: number;
  readonly requestsPerConnection: number;
}

export function createConnections(server: Server, limits: Options): Connections {
  // in the order in which they were last of use
  const silent = new Set<Socket>();
  const idle = new Set<Socket>();
  const busy = new Map<Socket, number>();

  server.on('connection', (socket: Socket) => {
    if (silent.size + idle.size + busy.size >= limits.connections) {
      const [victim = socket] = silent.size > 0 ? silent : idle;
      forget(victim);
      victim.destroy();
      if (victim === socket) return;
    }
    silent.add(socket);
    socket.once('close', () => forget(socket));
  });

  function forget(socket: Socket): void {
    silent.delete(socket);
    idle.delete(socket);
    busy.delete(socket);
  }

  return {
    use(socket) {
      // the commonest case: nothing to move but the socket itself
      if (!idle.delete(socket) && !silent.delete(socket)) return;
      idle.add(socket);
    },
    hold(socket) {
      const held = busy.get(socket) ?? 0;
      if (held >= limits.requestsPerConnection) return undefined;
      idle.delete(socket);
      busy.set(socket, held + 1);
      return () => {
        const left = (busy.get(socket) ?? 0) - 1;
        if (left > 0) busy.set(socket, left);
        else if (busy.delete(socket)) idle.add(socket);
      };
    },
  };
}
