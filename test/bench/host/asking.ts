/**
 * Requests for tokens out of tasks, at a given rate, and how long each waited.
 */

import type { KeepAliveConnection } from '../keep-alive-connection.ts';
import { monotonicMs } from '../monotonic-clock.ts';
import { runPaced, type Pace } from '../paced-load.ts';
import type { Period } from '../slow-periods.ts';

const PATH = '/computeMetadata/v1/instance/service-accounts/default/token';
export const TOKEN_REQUEST = Buffer.from(
  `GET ${PATH} HTTP/1.1\r\nHost: 169.254.169.254\r\nMetadata-Flavor: Google\r\n\r\n`,
);

/** Any answer other than a token fails. */
export async function ask(connection: KeepAliveConnection): Promise<void> {
  const { status, body } = await connection.send(TOKEN_REQUEST);
  if (status !== 200) throw new Error(`answered ${status}: ${body.toString()}`);
}

/** Over the connections in turn; one whose last request was not answered yet is waited for. */
export async function askPaced(
  connections: readonly KeepAliveConnection[],
  pace: Pace,
): Promise<readonly Period[]> {
  const waits: Period[] = [];
  const last = new Map<number, Promise<void>>();
  await runPaced(pace, async (index) => {
    const at = index % connections.length;
    const connection = connections[at];
    if (connection === undefined) throw new Error('nobody asks');
    const fromMs = monotonicMs();
    const turn = (last.get(at) ?? Promise.resolve()).then(async () => {
      await ask(connection);
      // from when it was due: what waits behind another has waited
      waits.push({ fromMs, toMs: monotonicMs() });
    });
    last.set(at, turn);
    await turn;
  });
  return waits;
}
