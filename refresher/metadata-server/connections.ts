/**
 * Room for connections: there are so many, and whoever comes late is let in at the expense of who does nothing.
 *
 * A neighbour that opens thousands of connections and keeps them therefore keeps nobody out. First go those that never
 * sent a request, then those that have been idle for longest; one whose request is being answered stays.
 */

import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { isOwnMachine } from './guards.ts';

export interface Connections {
  /** A request has come; whether from this machine. */
  use(socket: Socket): boolean;
  /** Its answer takes a while; `undefined` where too many answers of this connection already do. */
  hold(socket: Socket): (() => void) | undefined;
}

interface Options {
  readonly connections: number;
  readonly requestsPerConnection: number;
  readonly stalledMs: number;
  readonly timeoutCheckMs: number;
}

interface Place {
  readonly isFromHere: boolean;
  /** The order in which requests came; 0: none has. */
  lastUse: number;
  /** Requests whose answers take a while. */
  held: number;
  /** The bytes that were sent to it, and since when there were no more, although there are some to send. */
  written: number;
  stalledSince: number;
}

export function createConnections(server: Server, limits: Options): Connections {
  const places = new Map<Socket, Place>();
  let requests = 0;

  server.on('connection', (socket: Socket) => {
    if (places.size >= limits.connections) {
      const victim = whoMakesRoom(places) ?? socket;
      places.delete(victim);
      victim.destroy();
      if (victim === socket) return;
    }
    places.set(socket, {
      isFromHere: isOwnMachine(socket),
      lastUse: 0,
      held: 0,
      written: 0,
      stalledSince: 0,
    });
    socket.once('close', () => places.delete(socket));
  });

  // looked at now and then, because a timer for every request would be felt
  const looking = setInterval(() => cutOffStalled(places, limits.stalledMs), limits.timeoutCheckMs);
  looking.unref();
  server.once('close', () => clearInterval(looking));

  return {
    use(socket) {
      const place = places.get(socket);
      if (place === undefined) return false;
      place.lastUse = requests += 1;
      return place.isFromHere;
    },
    hold(socket) {
      const place = places.get(socket);
      if (place === undefined || place.held >= limits.requestsPerConnection) return undefined;
      place.held += 1;
      return () => void (place.held -= 1);
    },
  };
}

/** Whoever does not read what it asked for. */
function cutOffStalled(places: ReadonlyMap<Socket, Place>, stalledMs: number): void {
  const now = performance.now();
  for (const [socket, place] of places) {
    const { bytesWritten, writableLength } = socket;
    if (writableLength === 0 || bytesWritten !== place.written) place.stalledSince = now;
    else if (now - place.stalledSince >= stalledMs) socket.destroy();
    place.written = bytesWritten;
  }
}

/** Looked for among all of them, since that is rarer than a request by far. */
function whoMakesRoom(places: ReadonlyMap<Socket, Place>): Socket | undefined {
  let least = Infinity;
  let found: Socket | undefined;
  for (const [socket, { lastUse, held }] of places) {
    if (held > 0 || lastUse >= least) continue;
    [found, least] = [socket, lastUse];
    if (lastUse === 0) break;
  }
  return found;
}
