/**
 * Two ways to call the upstreams of an exchange.
 *
 * `libraryTransport` is what a Node program would use that called them itself: Firestore's client and `fetch`.
 * `wireTransport` is as little as the protocols allow, so that next to nothing of its time is spent on this side.
 */

import { Firestore } from '@google-cloud/firestore';
import { createDocumentReader } from './batch-get-documents.ts';
import { createConnectionPool } from './connection-pool.ts';
import { postRequest } from './keep-alive-connection.ts';

export interface UpstreamAddresses {
  readonly googleUrl: string;
  /** As in `FIRESTORE_EMULATOR_HOST`. */
  readonly firestoreHost: string;
  readonly projectId: string;
}

export interface UpstreamTransport {
  readonly readDocuments: (paths: readonly string[]) => Promise<void>;
  /** Gives the JSON of a 200 answer, and throws on any other. */
  readonly post: (path: string, headers: Headers, body: string) => Promise<Answer>;
}

type Headers = Readonly<Record<string, string>>;
type Answer = Readonly<Record<string, string>>;

export function libraryTransport({ googleUrl, projectId }: UpstreamAddresses): UpstreamTransport {
  const firestore = new Firestore({ projectId });
  return {
    async readDocuments(paths) {
      await firestore.getAll(...paths.map((path) => firestore.doc(path)));
    },
    async post(path, headers, body) {
      const response = await fetch(googleUrl + path, { method: 'POST', headers, body });
      return parse(response.status, await response.text());
    },
  };
}

export function wireTransport({ googleUrl, firestoreHost, projectId }: UpstreamAddresses): UpstreamTransport {
  const firestore = createDocumentReader(firestoreHost, projectId);
  const google = createConnectionPool(Number(new URL(googleUrl).port));
  return {
    readDocuments: (paths) => firestore.read(paths),
    async post(path, headers, body) {
      const answer = await google.send(postRequest(path, body, headers));
      return parse(answer.status, answer.body.toString());
    },
  };
}

function parse(status: number, text: string): Answer {
  if (status !== 200) throw new Error(`Google answered ${status}: ${text}`);
  return JSON.parse(text) as Answer;
}
