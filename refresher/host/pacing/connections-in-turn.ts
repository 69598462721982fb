/**
 * New connections wait for their turn as requests do, and nothing is read of one that waits: whoever begins and ends
 * connections without a pause costs the others no more than the few that have their turn.
 */

import type { Server } from 'node:http';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import type { ConnectionCalls } from './connection-calls.ts';
import { CONNECTION_COST, CUT_OFF_COST } from './cost.ts';
import type { Pace } from './pace.ts';

/** All listeners for connections that the server has got until now get them in turn. */
export function takeConnectionsInTurn(
  server: Server,
  pace: Pace,
  { hasSentAhead, cutOff }: ConnectionCalls,
): void {
  const listeners = server.listeners('connection');
  server.removeAllListeners('connection');
  // an option of servers in `node:net`, which those in `node:http` do not pass on
  Object.assign(server, { pauseOnConnect: true });

  server.on('connection', (socket: Socket) => {
    // it may break while it waits
    socket.on('error', ignore);
    const begin = () => {
      if (!server.listening) socket.destroy();
      if (socket.destroyed) return;
      if (hasSentAhead(socket)) {
        pace.charge(CUT_OFF_COST);
        cutOff(socket);
        return;
      }
      socket.off('error', ignore);
      for (const listener of listeners) listener.call(server, socket);
      socket.resume();
    };
    if (!pace.whenDue(begin, CONNECTION_COST)) cutOff(socket);
  });
}

/** One more place where such a server is reached: it listens there, and has it take the connections. */
export function anotherListener(server: Server): NetServer {
  return createServer({ pauseOnConnect: true }, (socket) => void server.emit('connection', socket));
}

function ignore(): void {
  // who waits for nothing any more is not told
}
