/**
 * As many requests as a server can answer: each connection sends its next request when the last one was answered.
 *
 * All connections take their requests from one list, in order and over and over, so that no request comes back before
 * all others were sent.
 */

import { openConnection, type KeepAliveConnection } from './keep-alive-connection.ts';

export const CONNECTIONS = 20;

export interface Load {
  readonly port: number;
  readonly requests: readonly Buffer[];
}

export type LoadLimit = { readonly seconds: number } | { readonly requests: number };

export interface LoadResult {
  readonly requestsPerSecond: number;
  /** How busy this client was, from 0 to 1: near 1, it was the client that was measured. */
  readonly clientUtilization: number;
}

export type RunLoad<Result = LoadResult> = (limit: LoadLimit) => Promise<Result>;

/** Every answer other than a 200 fails the run that it belongs to. */
export function createLoad({ port, requests }: Load): RunLoad {
  let next = 0;

  function nextRequest(): Buffer {
    const request = requests[next % requests.length];
    next += 1;
    if (request === undefined) throw new Error('there are no requests to send');
    return request;
  }

  async function keepBusy(connection: KeepAliveConnection, goOn: () => boolean): Promise<void> {
    while (goOn()) {
      const { status, body } = await connection.send(nextRequest());
      if (status !== 200) throw new Error(`answered ${status}: ${body.toString()}`);
    }
  }

  return async function run(limit) {
    // anew for each run: the server closes connections that wait for others' rounds
    const connections = await openConnections(port);
    const first = next;
    const startedAt = performance.now();
    const utilization = performance.eventLoopUtilization();
    const goOn =
      'seconds' in limit
        ? () => performance.now() - startedAt < limit.seconds * 1000
        : () => next - first < limit.requests;
    try {
      await Promise.all(connections.map((connection) => keepBusy(connection, goOn)));
    } finally {
      for (const connection of connections) connection.close();
    }
    const seconds = (performance.now() - startedAt) / 1000;
    const { utilization: clientUtilization } = performance.eventLoopUtilization(utilization);
    return { requestsPerSecond: (next - first) / seconds, clientUtilization };
  };
}

function openConnections(port: number): Promise<readonly KeepAliveConnection[]> {
  return Promise.all(Array.from({ length: CONNECTIONS }, () => openConnection(port)));
}
