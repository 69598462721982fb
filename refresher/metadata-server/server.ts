/**
 * The metadata server: guards, then routes, then the reply. Every client library that looks for Compute Engine takes it
 * for the real one, and gets the vended tokens.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { loggableCauses } from '../../shared/loggable.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Account } from '../tokens/account.ts';
import { systemClock, type Clock } from '../tokens/clock.ts';
import { createConnections } from './connections.ts';
import { createGatekeeper } from './gatekeeper.ts';
import { LIMITS, type Limits } from './guards.ts';
import { healthReply } from './health.ts';
import { answerMalformedRequests } from './malformed-requests.ts';
import { metadataTree, type ProjectFacts } from './metadata.ts';
import type { PassedOn } from './pass-through.ts';
import { reply, send, sentenceReply } from './reply.ts';
import { createRoutes } from './routes.ts';
import { createUntilChanged } from './wait-for-change.ts';

export { listen } from './listen.ts';

export interface MetadataServerOptions {
  /** The first one is `default`. */
  readonly accounts: readonly Account[];
  readonly project: ProjectFacts;
  readonly passedOn: PassedOn;
  readonly guards: {
    /** Whether other machines may ask, as well as this one. */
    readonly allowRemotePeers: boolean;
    /** Further values of `Host`; those without a port are taken with the server's own, too. */
    readonly hosts: readonly string[];
  };
  /** Absent: nothing is counted, and `/metrics` is 404. */
  readonly metrics?: Metrics;
  readonly log: Log;
  readonly clock?: Pick<Clock, 'setTimer'>;
  readonly limits?: Partial<Limits>;
  /** Calls back when the next request may be answered; `false`: never, and its connection is cut off. */
  readonly pace?: (answer: () => void, request: IncomingMessage) => boolean;
}

const BUSY = sentenceReply(503, 'Too many requests wait.', {
  Connection: 'close',
});

/** It does not listen yet. */
export function createMetadataServer({
  accounts,
  project,
  passedOn,
  guards,
  metrics,
  log,
  clock = systemClock,
  limits: otherLimits,
  pace,
}: MetadataServerOptions): Server {
  const limits = { ...LIMITS, ...otherLimits };
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.timeoutCheckMs,
    keepAliveTimeout: limits.keepAliveMs,
    // or a missing Host would be answered without a guard ever seeing it
    requireHostHeader: false,
    noDelay: true,
  });
  // the guard counts; a parser that stops at a number would hide the headers behind it
  server.maxHeadersCount = 0;

  const connections = createConnections(server, limits);
  const refusalOf = createGatekeeper({ server, guards, metrics, log });
  const answer = createRoutes({
    root: metadataTree({
      accounts,
      project,
      passedOn,
      counters: {
        tokenRequest: (status) => metrics?.countTokenRequest(status),
        identityRequest: (status) => metrics?.countIdentityRequest(status),
      },
    }),
    untilChanged: createUntilChanged({
      maxWaiters: limits.waiters,
      setTimer: clock.setTimer,
      onChange(listener) {
        const stops = accounts.map((account) => account.onChange(listener));
        return () => stops.forEach((stop) => stop());
      },
    }),
    others: new Map([
      ['/healthz', () => healthReply(accounts)],
      ...(metrics === undefined
        ? []
        : [['/metrics', () => reply(200, 'text/plain; version=0.0.4', metrics.text(accounts))] as const]),
    ]),
    onFailure: (error) => log('ERROR', 'a request for metadata failed', { causes: loggableCauses(error) }),
  });

  const ending = new WeakSet<Duplex>();

  function onRequest(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const refusal = refusalOf(request, connections.use(socket));
    if (refusal !== undefined) {
      // whatever else it sends is not read any more
      response.shouldKeepAlive = false;
      ending.add(socket);
      send(response, refusal);
      return;
    }
    const ready = answer(request, response);
    if (!(ready instanceof Promise)) {
      send(response, ready);
      return;
    }
    const release = connections.hold(socket);
    if (release === undefined) {
      send(response, BUSY);
      return;
    }
    void ready.then((late) => {
      release();
      if (!response.destroyed) send(response, late);
    });
  }

  function whenPaced(request: IncomingMessage, response: ServerResponse): void {
    // the parser goes on with what it has already
    if (request.socket.destroyed) return;
    const isTaken = pace?.(() => {
      if (!response.destroyed) onRequest(request, response);
    }, request);
    if (isTaken === false) request.socket.destroy();
  }

  server.on('request', pace ? whenPaced : onRequest);
  answerMalformedRequests(server, onRequest, (socket) => ending.has(socket));
  return server;
}
