/**
 * A gRPC server over TLS, as much as unary calls need: one message in, one message or a status out.
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */

import {
  createSecureServer,
  type IncomingHttpHeaders,
  type Http2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';

/** https://grpc.io/docs/guides/status-codes */
export const GRPC_STATUS = {
  ok: 0,
  invalidArgument: 3,
  permissionDenied: 7,
  unimplemented: 12,
  internal: 13,
  unauthenticated: 16,
};

/** A call's end other than a message. */
export interface GrpcRefusal {
  readonly status: number;
  readonly message: string;
}

/** @param authorization the header's value */
export type UnaryMethod = (message: Buffer, authorization: string | undefined) => Buffer | GrpcRefusal;

export interface GrpcServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

interface Options {
  readonly tls: { readonly certificate: string; readonly key: string };
  /** By path: `/package.Service/Method`. */
  readonly methods: Readonly<Record<string, UnaryMethod>>;
}

/** One byte (0: not compressed) and four for the length come before each message. */
const PREFIX_BYTES = 5;

export async function startGrpcServer({ tls, methods }: Options): Promise<GrpcServer> {
  const server = createSecureServer({ cert: tls.certificate, key: tls.key });
  const sessions = new Set<Http2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, headers) => {
    // a client that goes away in the middle of a call is no failure of the server's
    stream.on('error', () => undefined);
    serve(stream, headers, methods).catch((error: unknown) => {
      refuse(stream, { status: GRPC_STATUS.internal, message: String(error) });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const session of sessions) session.destroy();
      }),
  };
}

async function serve(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  methods: Options['methods'],
): Promise<void> {
  const path = headers[':path'] ?? '';
  const method = methods[path];
  if (method === undefined) {
    stream.resume();
    return refuse(stream, { status: GRPC_STATUS.unimplemented, message: `no method ${path}` });
  }
  const answer = method(await readMessage(stream), headers.authorization);
  if (Buffer.isBuffer(answer)) reply(stream, answer);
  else refuse(stream, answer);
}

async function readMessage(stream: ServerHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  const framed = Buffer.concat(chunks);
  if (framed.length < PREFIX_BYTES || framed[0] !== 0)
    throw new Error('not one message that is not compressed');
  const message = framed.subarray(PREFIX_BYTES);
  if (message.length !== framed.readUInt32BE(1)) throw new Error('not the length that its prefix says');
  return message;
}

function reply(stream: ServerHttp2Stream, message: Buffer): void {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(GRPC_STATUS.ok) }));
  stream.end(Buffer.concat([prefix, message]));
}

/** The status alone, in the header of the answer. */
function refuse(stream: ServerHttp2Stream, { status, message }: GrpcRefusal): void {
  if (stream.destroyed || stream.headersSent) return;
  const trailers = { 'grpc-status': String(status), 'grpc-message': encodeURIComponent(message) };
  stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...trailers }, { endStream: true });
}
