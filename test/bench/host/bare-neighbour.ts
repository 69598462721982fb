/**
 * A bare server on the same machine, asked as the daemon is, that no task reaches: what it notices of an attack does not
 * come of its own requests.
 */

import { fileURLToPath } from 'node:url';
import { freePort } from '../../support/processes/free-port.ts';
import { openConnection, type KeepAliveConnection } from '../keep-alive-connection.ts';
import { startProcess } from '../launch-process.ts';

const PROGRAM = fileURLToPath(new URL('../refresher/bare-server.ts', import.meta.url));
/** About as long as the daemon's. */
const BODY = JSON.stringify({ access_token: 'x'.repeat(200), expires_in: 3_599, token_type: 'Bearer' });
const HEADERS = JSON.stringify({ 'Content-Length': String(BODY.length) });

export interface BareNeighbour {
  readonly connection: KeepAliveConnection;
  readonly close: () => Promise<void>;
}

export async function startBareNeighbour(): Promise<BareNeighbour> {
  const port = await freePort();
  const server = await startProcess(
    {
      name: 'the bare server',
      command: process.execPath,
      args: [PROGRAM],
      environment: { PATH: '/usr/bin:/bin', NODE_ENV: 'production', PORT: String(port), HEADERS, BODY },
      folder: '/',
    },
    port,
  );
  const connection = await openConnection(port);
  return {
    connection,
    async close() {
      connection.close();
      await server.stop();
    },
  };
}
