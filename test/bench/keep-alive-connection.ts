/**
 * One HTTP/1.1 connection that is kept open, for requests whose bytes were made beforehand.
 *
 * The client shares the machine with what it measures, so it does as little as it can for each request: one write, and
 * a look at the status line and `Content-Length` of what comes back. Every answer that is measured has one.
 */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
}

export interface KeepAliveConnection {
  /** Sends the bytes of one request; the next one has to wait for its answer. */
  readonly send: (request: Uint8Array) => Promise<HttpAnswer>;
  readonly isOpen: () => boolean;
  readonly close: () => void;
}

const END_OF_HEAD = Buffer.from('\r\n\r\n');

export async function openConnection(port: number): Promise<KeepAliveConnection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return overSocket(socket);
}

/** Over one that is connected already. */
export function overSocket(socket: Socket): KeepAliveConnection {
  let received: Buffer | undefined;
  let waiting: PromiseWithResolvers<HttpAnswer> | undefined;

  function settle(outcome: HttpAnswer | Error): void {
    const settled = waiting;
    waiting = undefined;
    if (outcome instanceof Error) settled?.reject(outcome);
    else settled?.resolve(outcome);
  }

  socket.on('data', (chunk) => {
    received = received === undefined ? chunk : Buffer.concat([received, chunk]);
    const answer = readAnswer(received);
    if (answer === undefined) return;
    received = undefined;
    settle(answer);
  });
  socket.on('error', settle);
  socket.on('close', () => settle(new Error('the connection was closed before the answer')));

  return {
    send(request) {
      const { promise } = (waiting = Promise.withResolvers());
      if (socket.destroyed) settle(new Error('the connection is closed'));
      else socket.write(request);
      return promise;
    },
    isOpen: () => !socket.destroyed && !socket.readableEnded,
    close: () => void socket.destroy(),
  };
}

/** `undefined`: there is more to come. */
function readAnswer(received: Buffer): HttpAnswer | undefined {
  const endOfHead = received.indexOf(END_OF_HEAD);
  if (endOfHead < 0) return undefined;
  const head = received.toString('latin1', 0, endOfHead);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without a length: ${head}`);
  const start = endOfHead + END_OF_HEAD.length;
  if (received.length < start + Number(length)) return undefined;
  return { status: Number(head.slice(9, 12)), body: received.subarray(start) };
}

/** The bytes of a POST. */
export function postRequest(path: string, body: string, headers: Readonly<Record<string, string>>): Buffer {
  const all = { host: '127.0.0.1', ...headers, 'content-length': String(Buffer.byteLength(body)) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}
