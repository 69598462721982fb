/**
 * What never becomes a request, or is none that a metadata server knows. Node would answer without the flavour.
 */

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorCode } from '../../shared/unknown.ts';
import { rawReply, send, sentenceReply, type Reply } from './reply.ts';

const MALFORMED = sentenceReply(400, 'This is not an HTTP request.');
const TOO_LARGE = sentenceReply(431, 'The headers of the request are too large.');
const TOO_SLOW = sentenceReply(408, 'The request took too long to arrive.');
const NO_TUNNEL = sentenceReply(405, 'This is no proxy.', { Allow: 'GET, HEAD' });
const NO_EXPECTATION = sentenceReply(417, 'No expectation can be met.', { Connection: 'close' });

export function answerMalformedRequests(
  server: Server,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
  /** Whether the last answer of a connection is on its way. */
  isEnding: (socket: Duplex) => boolean,
): void {
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

/** Whether or not the other side reads it, the connection ends. */
function endWith(socket: Duplex, reply: Reply, reason: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(rawReply(reply, reason), () => socket.destroy());
}
