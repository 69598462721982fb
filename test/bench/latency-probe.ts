/**
 * Starts the latency client and asks it for rounds of exchanges or of direct calls.
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { tether } from '../support/processes/tether.ts';
import type { RoundRequest, Spent, Waits } from './latency-client.ts';

export interface LatencyProbe {
  readonly round: (request: RoundRequest) => Promise<Spent>;
  readonly close: () => Promise<void>;
}

/** @param environment where Google's libraries find their servers: on this machine, whatever happens */
export async function startLatencyProbe(
  waits: Waits,
  environment: Readonly<Record<string, string>>,
): Promise<LatencyProbe> {
  const client = fork(fileURLToPath(new URL('latency-client.ts', import.meta.url)), {
    env: { HOME: '/nonexistent', ...environment },
    execArgv: [],
    serialization: 'advanced',
  });
  const ended = once(client, 'exit');
  await once(client, 'spawn');
  tether(client);
  client.send(waits);

  return {
    async round(request) {
      client.send(request);
      const answered = once(client, 'message') as Promise<[Spent]>;
      const failed = ended.then(() => Promise.reject(new Error('the latency client has ended')));
      const [spent] = await Promise.race([answered, failed]);
      return spent;
    },
    close: async () => {
      client.kill('SIGKILL');
      await ended;
    },
  };
}
