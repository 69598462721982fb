/**
 * Whoever waits: a process of its own, so that exchanges and direct calls alike cross from one process to another and
 * back. `latency-probe.ts` starts it and asks it for rounds.
 */

import { createConnectionPool } from './connection-pool.ts';
import { createDirectUpstreams, type CallUpstreams, type DirectCalls } from './direct-upstreams.ts';
import { monotonicMs } from './monotonic-clock.ts';
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
  readonly waited: Waited;
  readonly pace: Pace;
}

/** One for each request. */
export type Spent = readonly Timing[];

export interface Timing {
  /** By the clock of `monotonic-clock.ts`. */
  readonly startedAtMs: number;
  /** By upstream for direct calls. */
  readonly spentMs: readonly number[];
}

function createOperations({
  functionPort,
  exchanges,
  calls,
  addresses,
}: Waits): Record<Waited, CallUpstreams> {
  const connections = createConnectionPool(functionPort);
  let next = 0;

  async function exchange(): Promise<readonly number[]> {
    const request = exchanges[next];
    next += 1;
    if (request === undefined) throw new Error('every exchange was sent');
    const startedAt = performance.now();
    const { status, body } = await connections.send(request);
    if (status !== 200) throw new Error(`the function answered ${status}: ${body.toString()}`);
    return [performance.now() - startedAt];
  }

  return {
    exchange,
    library: createDirectUpstreams(calls, libraryTransport(addresses)),
    wire: createDirectUpstreams(calls, wireTransport(addresses)),
  };
}

let operations: Record<Waited, CallUpstreams> | undefined;

async function runRound({ waited, pace }: RoundRequest): Promise<void> {
  const operation = operations?.[waited];
  if (operation === undefined) throw new Error('nothing was said about what to wait for');
  const spent: Timing[] = [];
  await runPaced(pace, async (index) => {
    const startedAtMs = monotonicMs();
    spent[index] = { startedAtMs, spentMs: await operation(index) };
  });
  process.send?.(spent);
}

process.on('message', (message: Waits | RoundRequest) => {
  if ('waited' in message) void runRound(message);
  else operations = createOperations(message);
});
