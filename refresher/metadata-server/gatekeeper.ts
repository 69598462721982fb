/**
 * Applies the guards to the requests of one server: knows by which names it may be called, and reports refusals.
 */

import type { IncomingMessage, Server } from 'node:http';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { hostOf, METADATA_HOSTS, refusingGuard, type GuardRules } from './guards.ts';
import type { Reply } from './reply.ts';

interface Options {
  readonly server: Server;
  readonly guards: { readonly allowRemotePeers: boolean; readonly hosts: readonly string[] };
  readonly metrics: Metrics | undefined;
  readonly log: Log;
}

/** Gives the reply to a request that a guard refuses. */
export function createGatekeeper({ server, guards, metrics, log }: Options) {
  const hosts = new Set<string>();
  server.on('listening', () => {
    hosts.clear();
    for (const host of acceptedHosts(server.address(), guards.hosts)) hosts.add(host.toLowerCase());
  });
  const rules: GuardRules = {
    allowRemotePeers: guards.allowRemotePeers,
    hosts,
    isUnixSocket: () => typeof server.address() === 'string',
  };
  const reported = new Set<string>();

  return function refusalOf(request: IncomingMessage, isFromHere: boolean): Reply | undefined {
    const guard = refusingGuard(request, isFromHere, rules);
    if (guard === undefined) return undefined;
    metrics?.countRefusedRequest(guard.name);
    // once, because a neighbour could fill the log
    if (!reported.has(guard.name)) {
      reported.add(guard.name);
      log('WARNING', 'a request was refused; others like it get no line', {
        guard: guard.name,
        status: guard.reply.status,
      });
    }
    return guard.reply;
  };
}

/** Whichever of this machine's addresses was called is accepted as well, once it is not among these. */
function acceptedHosts(address: ReturnType<Server['address']>, extra: readonly string[]): readonly string[] {
  const names = [...METADATA_HOSTS, ...extra];
  // who speaks HTTP over a Unix socket has to call it something
  if (address === null || typeof address === 'string') return [...names, 'localhost'];
  const { port, address: ip } = address;
  const unported = extra.filter((name) => !/:\d+$/.test(name) || name.endsWith(']'));
  return [
    ...names,
    ...METADATA_HOSTS.map((name) => `${name}:80`),
    hostOf(ip, port),
    hostOf('localhost', port),
    ...unported.map((name) => (port === 80 ? name : `${name}:${port}`)),
  ];
}
