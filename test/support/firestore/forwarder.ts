/**
 * Passes HTTP/2 streams on to one server, unread: headers, data, trailers and cancellation, both ways.
 */

import {
  connect,
  constants,
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';

export interface Forwarder {
  readonly forward: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;
  /** The connection to the server. */
  readonly session: () => ClientHttp2Session;
  readonly close: () => void;
}

export function createForwarder(host: string): Forwarder {
  let current: ClientHttp2Session | undefined;

  const session = () => {
    if (current === undefined || current.closed || current.destroyed) {
      current = connect(`http://${host}`);
      // Every stream of a broken session ends with an error of its own.
      current.on('error', () => undefined);
    }
    return current;
  };

  return {
    forward: (stream, headers) => {
      if (!stream.destroyed) pass(stream, headers, session(), host);
    },
    session,
    close: () => current?.destroy(),
  };
}

function pass(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  session: ClientHttp2Session,
  host: string,
): void {
  const request = session.request({ ...headers, ':authority': host });
  let trailers: IncomingHttpHeaders = {};

  stream.pipe(request);
  request.on('response', (responseHeaders, flags) => {
    if (stream.destroyed) return;
    // gRPC's `Trailers-Only`: an answer without a body has its status in these headers.
    const endStream = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    stream.respond(responseHeaders, { endStream, waitForTrailers: !endStream });
    if (!endStream) request.pipe(stream);
  });
  request.on('trailers', (received) => {
    trailers = received;
  });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));

  // Whichever side ends early takes the other with it, for the same reason.
  stream.on('close', () => request.close(stream.rstCode));
  request.on('error', () => undefined);
  request.on('close', () => {
    if (request.rstCode !== constants.NGHTTP2_NO_ERROR) stream.close(request.rstCode);
  });
}
