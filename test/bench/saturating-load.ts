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

export interface SaturatingLoad {
  readonly run: (limit: LoadLimit) => Promise<LoadResult>;
  readonly close: () => void;
}

/** Opens the connections. Every answer other than a 200 fails the run that it belongs to. */
export async function createLoad({ port, requests }: Load): Promise<SaturatingLoad> {
  const opening = Array.from({ length: CONNECTIONS }, () => openConnection(port));
  const connections = await Promise.all(opening);
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

  return {
    async run(limit) {
      const startedAt = performance.now();
      const utilization = performance.eventLoopUtilization();
      const first = next;
      const goOn =
        'seconds' in limit
          ? () => performance.now() - startedAt < limit.seconds * 1000
          : () => next - first < limit.requests;
      await Promise.all(connections.map((connection) => keepBusy(connection, goOn)));
      const seconds = (performance.now() - startedAt) / 1000;
      const { utilization: clientUtilization } = performance.eventLoopUtilization(utilization);
      return { requestsPerSecond: (next - first) / seconds, clientUtilization };
    },
    close: () => connections.forEach((connection) => connection.close()),
  };
}
