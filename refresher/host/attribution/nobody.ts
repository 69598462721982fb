/**
 * What answers a process of the host's network that is in no task.
 */

import { createServer, type Server } from 'node:http';
import { systemClock } from '../../tokens/clock.ts';
import type { ConnectionCalls } from '../pacing/connection-calls.ts';
import { takeConnectionsInTurn } from '../pacing/connections-in-turn.ts';
import { createPace } from '../pacing/pace.ts';

const NOBODY = JSON.stringify({
  error: 'access_denied',
  error_description: 'This process belongs to no task that is registered on this VM.',
});

/** It does not listen yet. */
export function createNobody(calls: ConnectionCalls): Server {
  const server = createServer((_, response) => {
    response.writeHead(403, {
      'metadata-flavor': 'Google',
      'content-type': 'application/json',
      connection: 'close',
    });
    response.end(NOBODY);
  });
  server.timeout = 5_000;
  server.maxConnections = 256;
  takeConnectionsInTurn(
    server,
    createPace({ nowMs: () => performance.now(), setTimer: systemClock.setTimer }),
    calls,
  );
  return server;
}
