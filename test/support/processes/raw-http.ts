/**
 * Sends bytes to a server on this machine as they are, whether or not they are HTTP, and reports what came back. For
 * requests that no client library would send: half a body and then silence, two lengths, one byte a second.
 */

import { connect, type Socket } from 'node:net';
import { readResponse, type RawResponse } from './raw-response.ts';

export type RawChunk = string | Uint8Array;

/** One piece, or several; those of an asynchronous iterable are sent as they come, so that it sets the pace. */
export type RawRequest = RawChunk | readonly RawChunk[] | AsyncIterable<RawChunk>;

export interface RawOptions {
  /** How long to wait for an end, from the connection on. */
  readonly timeoutMs: number;
  /** What ends the exchange early: a complete response (the default) or only the server closing the connection. */
  readonly until?: 'response' | 'close';
}

export interface RawOutcome extends RawResponse {
  /** Everything that the server sent, for where there may be a second response. */
  readonly bytes: Buffer;
  /** Whether the server closed the connection. */
  readonly closed: boolean;
  /** The socket's error code, such as `ECONNRESET`, where the connection was not closed in an orderly way. */
  readonly error: string | undefined;
  /** From the connection until the end that was waited for, or until `timeoutMs` was over. */
  readonly elapsedMs: number;
}

/** A server whose queue of connections is full lets nobody in. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Never sends the end of its half of the connection: after the last piece it stays silent. Throws nothing. */
export function sendRaw(port: number, request: RawRequest, options: RawOptions): Promise<RawOutcome> {
  const { timeoutMs, until = 'response' } = options;
  const toHead = asksForHeadOnly(request);
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const received: Buffer[] = [];
    let startedAt = performance.now();
    let closed = false;
    let error: string | undefined;

    const finish = () => {
      clearTimeout(timer);
      socket.destroy();
      const bytes = Buffer.concat(received);
      const elapsedMs = performance.now() - startedAt;
      resolve({ ...readResponse(bytes, { closed, toHead }), bytes, closed, error, elapsedMs });
    };
    let timer = setTimeout(finish, CONNECT_TIMEOUT_MS);

    socket.once('connect', () => {
      startedAt = performance.now();
      clearTimeout(timer);
      timer = setTimeout(finish, timeoutMs);
      void send(socket, request);
    });
    socket.on('data', (chunk) => {
      received.push(chunk);
      const { complete } = readResponse(Buffer.concat(received), { closed, toHead });
      if (complete && until === 'response') finish();
    });
    socket.on('error', (reason: NodeJS.ErrnoException) => {
      error = reason.code ?? reason.message;
    });
    const onClose = () => {
      closed = true;
      finish();
    };
    socket.once('end', onClose);
    socket.once('close', onClose);
  });
}

async function send(socket: Socket, request: RawRequest): Promise<void> {
  const chunks = typeof request === 'string' || request instanceof Uint8Array ? [request] : request;
  for await (const chunk of chunks) {
    if (socket.destroyed) return;
    // A server that has stopped reading must not keep the answer from being read, so nothing waits for the write.
    socket.write(chunk);
  }
}

/** Not known of an asynchronous iterable, where a HEAD request ends by `timeoutMs`. */
function asksForHeadOnly(request: RawRequest): boolean {
  const first = Array.isArray(request) ? request[0] : request;
  return typeof first === 'string' && first.startsWith('HEAD ');
}
