/**
 * A graceful end: on SIGTERM the server takes no more connections, exchanges in flight finish, then the process ends.
 *
 * Cloud Run kills ten seconds after its SIGTERM. The framework would exit at once.
 */

import type { Server } from 'node:http';
import { listenAlone } from './framework-listeners.ts';
import { onRequestStart } from './request-start.ts';

const DRAIN_MS = 9_000;

export function drainOnSignal(): void {
  const servers = new Set<Server>();
  let inFlight = 0;
  let isDraining = false;

  function exitWhenIdle(): void {
    if (isDraining && inFlight === 0) process.exit(0);
  }

  function drain(): void {
    isDraining = true;
    for (const server of servers) server.close();
    setTimeout(() => process.exit(0), DRAIN_MS).unref();
    exitWhenIdle();
  }

  onRequestStart(({ server, response }) => {
    servers.add(server);
    inFlight += 1;
    if (isDraining) response.setHeader('connection', 'close');
    response.once('close', () => {
      inFlight -= 1;
      exitWhenIdle();
    });
  });

  listenAlone('SIGTERM', drain);
  listenAlone('SIGINT', drain);
}
