/**
 * Starts the latency client and asks it for rounds of exchanges or of direct calls.
 */

import { startAskedProcess } from './asked-process.ts';
import type { RoundRequest, Spent, Waits } from './latency-client.ts';

export interface LatencyProbe {
  readonly round: (request: RoundRequest) => Promise<Spent>;
  readonly close: () => Promise<void>;
}

/** @param environment where Google's libraries find their servers: on this machine, whatever happens */
export function startLatencyProbe(waits: Waits, environment: Readonly<Record<string, string>>): LatencyProbe {
  const client = startAskedProcess<RoundRequest>(new URL('latency-client.ts', import.meta.url), {
    HOME: '/nonexistent',
    ...environment,
  });
  client.tell(waits);
  return {
    round: (request) => client.ask<Spent>(request),
    close: () => client.end('SIGKILL'),
  };
}
