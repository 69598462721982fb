/**
 * Whoever waits: a process of its own, so that exchanges and direct calls alike cross from one process to another and
 * back. `latency-probe.ts` starts it and asks it for rounds.
 */

import { createComputation, type Computation } from './computation.ts';
import { createConnectionPool } from './connection-pool.ts';
import { createDirectUpstreams, type CallUpstreams, type DirectCalls } from './direct-upstreams.ts';
import { runPaced, type Pace } from './paced-load.ts';
import { libraryTransport, wireTransport, type UpstreamAddresses } from './upstream-transport.ts';

export interface Waits {
  readonly functionPort: number;
  /** Each is sent once. */
  readonly exchanges: readonly Uint8Array[];
  readonly calls: DirectCalls;
  readonly addresses: UpstreamAddresses;
}

export type Waited = 'exchange' | 'library' | 'wire';

export interface RoundRequest {
  readonly waited: Waited | Computation;
  readonly pace: Pace;
}

/** Milliseconds of each request, by upstream for direct calls. */
export type Spent = readonly (readonly number[])[];

function createOperations({
  functionPort,
  exchanges,
  calls,
  addresses,
}: Waits): Record<Waited, CallUpstreams> {
  const connections = createConnectionPool(functionPort);
  let next = 0;

  async function exchange(): Promise<void> {
    const request = exchanges[next];
    next += 1;
    if (request === undefined) throw new Error('every exchange was sent');
    const { status, body } = await connections.send(request);
    if (status !== 200) throw new Error(`the function answered ${status}: ${body.toString()}`);
  }

  return {
    exchange: timed(exchange),
    library: createDirectUpstreams(calls, libraryTransport(addresses)),
    wire: createDirectUpstreams(calls, wireTransport(addresses)),
  };
}

function timed(operation: () => Promise<void>): CallUpstreams {
  return async () => {
    const startedAt = performance.now();
    await operation();
    return [performance.now() - startedAt];
  };
}

let operations: Record<Waited, CallUpstreams> | undefined;

async function runRound({ waited, pace }: RoundRequest): Promise<void> {
  const operation = typeof waited === 'string' ? operations?.[waited] : timed(createComputation(waited));
  if (operation === undefined) throw new Error('nothing was said about what to wait for');
  const spent: (readonly number[])[] = [];
  await runPaced(pace, async (index) => {
    spent[index] = await operation(index);
  });
  process.send?.(spent);
}

process.on('message', (message: Waits | RoundRequest) => {
  if ('waited' in message) void runRound(message);
  else operations = createOperations(message);
});
