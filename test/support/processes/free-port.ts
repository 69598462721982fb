/**
 * Picks a TCP port that a child process can be told to listen on.
 *
 * Asking the kernel for port 0 and closing again gives a port out of the ephemeral range, which the next outgoing
 * connection of any test may take before the child has it. So this picks at random below that range (it starts at
 * 32768 on Linux and at 49152 elsewhere): nothing lands there unless it asks for it by number.
 */

import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';

const LOWEST = 20_000;
const EPHEMERAL = 32_768;
const ATTEMPTS = 50;

export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(LOWEST, EPHEMERAL);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port found in ${ATTEMPTS} attempts between ${LOWEST} and ${EPHEMERAL}`);
}

/** Whether nothing listens on the port, on any interface. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    // No host: every interface, IPv4 and IPv6, because that is what the functions framework listens on.
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    probe.listen(port, () => probe.close(() => resolve(true)));
  });
}
