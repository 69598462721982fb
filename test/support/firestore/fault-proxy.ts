/**
 * A proxy between the Firestore client and the emulator that counts calls and can break, over real sockets. It speaks
 * HTTP/2 without TLS, as the client's gRPC does with an emulator, and nothing else.
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */

import { once } from 'node:events';
import {
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { freePort } from '../processes/free-port.ts';
import { createForwarder } from './forwarder.ts';
import { createRecordedAnswers } from './recorded-answers.ts';

export interface FirestoreProxy {
  /** `127.0.0.1:PORT`, for `FIRESTORE_EMULATOR_HOST`. */
  readonly host: string;
  /** How many calls of that method arrived, such as `BatchGetDocuments`, whatever became of them. */
  readonly calls: (method: string) => number;
  readonly resetCalls: () => void;
  /** Ends all connections and refuses new ones. */
  readonly refuse: () => Promise<void>;
  /** Accepts connections and calls, and answers none that arrive from now on. */
  readonly hang: () => void;
  /** Passes each call on after a delay. */
  readonly slow: (milliseconds: number) => void;
  /** Answers each call after a delay, as the emulator answered the first one that asked the same. */
  readonly repeat: (milliseconds: number) => void;
  /** Answers each call with this gRPC status at once, such as 14 for UNAVAILABLE or 7 for PERMISSION_DENIED. */
  readonly fail: (grpcStatus: number) => void;
  /** Breaks the connection on each call. */
  readonly reset: () => void;
  /** Back to passing on, at the same address. Calls that are left hanging end with CANCELLED. */
  readonly restore: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const CANCELLED = 1;

type Answer = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

export async function startFirestoreProxy(emulatorHost: string): Promise<FirestoreProxy> {
  const port = await freePort();
  const forwarder = createForwarder(emulatorHost);
  const recorded = createRecordedAnswers(emulatorHost, forwarder.session);
  const sessions = new Set<ServerHttp2Session>();
  const counts = new Map<string, number>();
  const hanging = new Set<ServerHttp2Stream>();
  let answer: Answer = forwarder.forward;

  const server = createServer();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, headers) => {
    // A stream that breaks is what this is for; its `close` says all that the forwarder needs.
    stream.on('error', () => undefined);
    const method = headers[':path']?.split('/').at(-1) ?? '';
    counts.set(method, (counts.get(method) ?? 0) + 1);
    answer(stream, headers);
  });

  const listen = async () => {
    if (server.listening) return;
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const refuse = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const session of sessions) session.destroy();
    await closed;
  };
  await listen();

  return {
    host: `127.0.0.1:${port}`,
    calls: (method) => counts.get(method) ?? 0,
    resetCalls: () => counts.clear(),
    refuse,
    hang: () => {
      answer = (stream) => {
        hanging.add(stream);
        stream.once('close', () => hanging.delete(stream));
      };
    },
    slow: (milliseconds) => {
      answer = (stream, headers) => {
        const timer = setTimeout(() => forwarder.forward(stream, headers), milliseconds);
        stream.once('close', () => clearTimeout(timer));
      };
    },
    repeat: (milliseconds) => {
      answer = (stream, headers) => {
        recorded.give(stream, headers, milliseconds).catch(() => stream.close(constants.NGHTTP2_CANCEL));
      };
    },
    fail: (grpcStatus) => {
      answer = (stream) => failWith(stream, grpcStatus);
    },
    reset: () => {
      answer = (stream) => stream.session?.destroy();
    },
    restore: async () => {
      answer = forwarder.forward;
      // The client's `terminate` would wait for them for ever.
      for (const stream of hanging) failWith(stream, CANCELLED);
      hanging.clear();
      await listen();
    },
    close: async () => {
      await refuse();
      forwarder.close();
    },
  };
}

/** What gRPC calls `Trailers-Only`: one block of headers that is the whole answer. */
function failWith(stream: ServerHttp2Stream, grpcStatus: number): void {
  if (stream.destroyed) return;
  const headers = {
    ':status': 200,
    'content-type': 'application/grpc',
    'grpc-status': String(grpcStatus),
    'grpc-message': 'made to fail',
  };
  stream.respond(headers, { endStream: true });
}
