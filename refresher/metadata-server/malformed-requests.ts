/**
 * What never becomes a request, or is none that a metadata server knows. Node would answer without the flavour.
 */

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorCode } from '../../shared/unknown.ts';
import { rawReply, send, sentenceReply, type Reply } from './reply.ts';
import { cutOffIfStalled } from './stalled.ts';

const MALFORMED = sentenceReply(400, 'This is not an HTTP request.');
const TOO_LARGE = sentenceReply(431, 'The headers of the request are too large.');
const TOO_SLOW = sentenceReply(408, 'The request took too long to arrive.');
const NO_TUNNEL = sentenceReply(405, 'This is no proxy.', { Allow: 'GET, HEAD' });
const NO_EXPECTATION = sentenceReply(417, 'No expectation can be met.', { Connection: 'close' });

interface Options {
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  /** Whether the last answer of a connection is on its way. */
  readonly isEnding: (socket: Duplex) => boolean;
  readonly stalledMs: number;
}

export function answerMalformedRequests(server: Server, { onRequest, isEnding, stalledMs }: Options): void {
  /** Whether or not the other side reads it, the connection ends. */
  function endWith(socket: Duplex, reply: Reply, reason: string): void {
    const destroy = () => void socket.destroy();
    socket.on('error', destroy);
    socket.on('timeout', destroy);
    socket.end(rawReply(reply, reason), destroy);
    cutOffIfStalled(socket, stalledMs);
  }

  server.on('clientError', (error, socket) => {
    // what a request that was refused brought along gets no answer of its own
    if (isEnding(socket)) return;
    if (!socket.writable || errorCode(error) === 'ECONNRESET') socket.destroy();
    else endWith(socket, ...replyTo(errorCode(error)));
  });
  server.on('connect', (_, socket) => endWith(socket, NO_TUNNEL, 'Method Not Allowed'));
  // the guards refuse the body that would follow, so that nobody is told to send it
  server.on('checkContinue', onRequest);
  server.on('checkExpectation', (_, response) => send(response, NO_EXPECTATION));
}

function replyTo(code: unknown): [reply: Reply, reason: string] {
  if (code === 'HPE_HEADER_OVERFLOW') return [TOO_LARGE, 'Request Header Fields Too Large'];
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return [TOO_SLOW, 'Request Timeout'];
  return [MALFORMED, 'Bad Request'];
}
