/**
 * Waits until an HTTP server on this machine listens on a port and has run its start to the end.
 *
 * That a connection is accepted is not enough: the kernel does that before the server's own callback has run, and a
 * signal sent then would find no handler. So this says something that is not HTTP, which Node's server refuses by
 * itself, before any handler of requests sees it.
 */

import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const RETRY_MS = 5;
const NOT_HTTP = '?\r\n\r\n';

/** Throws the reason of the `signal` that ended the wait. */
export async function untilListening(port: number, signal: AbortSignal): Promise<void> {
  while (!(await answers(port, signal))) {
    signal.throwIfAborted();
    await delay(RETRY_MS);
  }
}

function answers(port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', signal });
    socket.once('connect', () => socket.write(NOT_HTTP));
    socket.once('data', () => {
      resolve(true);
      socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(false));
  });
}
