/**
 * `BatchGetDocuments` without a client library: one HTTP/2 stream with one gRPC message each way, so that the time it
 * takes is Firestore's.
 *
 * https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#batchgetdocumentsrequest
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */

import { once } from 'node:events';
import { connect } from 'node:http2';

export interface DocumentReader {
  /** Reads documents by their paths, such as `controls/kill-switch`. Throws where the answer is not OK. */
  readonly read: (paths: readonly string[]) => Promise<void>;
  readonly close: () => void;
}

const METHOD = '/google.firestore.v1.Firestore/BatchGetDocuments';

export function createDocumentReader(host: string, projectId: string): DocumentReader {
  const session = connect(`http://${host}`);
  const database = `projects/${projectId}/databases/(default)`;
  const headers = {
    ':method': 'POST',
    ':path': METHOD,
    'content-type': 'application/grpc',
    te: 'trailers',
    // the emulator's password for everything
    authorization: 'Bearer owner',
    'google-cloud-resource-prefix': database,
  };

  return {
    async read(paths) {
      const stream = session.request(headers);
      stream.end(frame(encodeRequest(database, paths)));
      let status: unknown;
      stream.on('trailers', (trailers) => {
        status = trailers['grpc-status'];
      });
      stream.resume();
      await once(stream, 'end');
      if (status !== '0') throw new Error(`BatchGetDocuments was answered with status ${String(status)}`);
    },
    close: () => session.destroy(),
  };
}

/** The message `{ database: 1, documents: 2 }` of protocol buffers. */
function encodeRequest(database: string, paths: readonly string[]): Buffer {
  const names = paths.map((path) => `${database}/documents/${path}`);
  return Buffer.concat([encodeString(1, database), ...names.map((name) => encodeString(2, name))]);
}

/** https://protobuf.dev/programming-guides/encoding/#length-types */
function encodeString(field: number, value: string): Buffer {
  const bytes = Buffer.from(value);
  const { length } = bytes;
  const varint = length < 0x80 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...varint]), bytes]);
}

/** Not compressed, and the length in four bytes. */
function frame(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
