/** Answers of a server on loopback, as they come and as they go wrong. */

import type { ServerResponse } from 'node:http';

export type Answer = (response: ServerResponse) => void;

export const status =
  (code: number, body = '', headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(code, headers).end(body);

export const json = (code: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  status(code, JSON.stringify(body), { 'content-type': 'application/json', ...headers });

export const hang: Answer = () => undefined;
export const reset: Answer = (response) => response.socket?.resetAndDestroy();
export const halfABody: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
  response.write('{"access_token":', () => response.destroy());
};
export const resetInTheBody: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
  response.write('{"access_token":', () => response.socket?.resetAndDestroy());
};
/** Chunked, and ended by the connection instead of the last chunk. */
export const endlessChunks: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{"access_token":"ya29', () => response.socket?.end());
};
/** A byte now and then: never silent for long, and never done. */
export const drip: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 10_000 });
  const timer = setInterval(() => response.write(' '), 10);
  response.once('close', () => clearInterval(timer));
};
/** As much as the other side takes. */
export const flood: Answer = (response) => {
  const chunk = 'x'.repeat(64 * 1024);
  const pour = () => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', pour);
  };
  response.writeHead(200, { 'content-type': 'application/json' });
  pour();
};
export const notHttp: Answer = (response) => response.socket?.end('SSH-2.0-OpenSSH_9.9\r\n');
export const hugeHeaders: Answer = status(200, '{}', { 'x-padding': 'x'.repeat(100_000) });
