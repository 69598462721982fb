/**
 * Each request at the moment its head has arrived, before any listener of the server sees it.
 *
 * The framework owns the server and lets a function see a request only when its whole body was read and parsed. Node
 * publishes every request on this channel first:
 * https://nodejs.org/docs/latest-v24.x/api/diagnostics_channel.html#http
 */

import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

export interface RequestStart {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly server: Server;
}

export function onRequestStart(listener: (start: RequestStart) => void): void {
  subscribe('http.server.request.start', (message) => {
    if (isRequestStart(message)) listener(message);
  });
}

function isRequestStart(message: unknown): message is RequestStart {
  return typeof message === 'object' && message !== null && 'request' in message && 'server' in message;
}
