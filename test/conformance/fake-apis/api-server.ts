/**
 * The APIs that the clients call, on one loopback port: those of the fake Google, which decides who may read what, with
 * what real clients want beyond it. Remembers whose token each request carried.
 */

import type { IncomingMessage } from 'node:http';
import { sendReply } from '../../support/google/apply-fault.ts';
import type { FakeGoogle } from '../../support/google/fake-google.ts';
import { startLoopbackServer } from '../../support/google/loopback-server.ts';
import { jsonReply, type GoogleReply } from '../../support/google/reply.ts';
import { answerBigQuery } from './bigquery.ts';
import { seen, type Seen } from './seen.ts';
import { answerStorage } from './storage.ts';

export interface ApiRequest {
  readonly method: string;
  /** As sent, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Where clients reach this server, for addresses in documents. */
  readonly baseUrl: string;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly range: string | undefined;
  readonly body: Buffer;
}

/** An API's answer; undefined: the path is not its own. */
export type Api = (google: FakeGoogle, request: ApiRequest) => Promise<GoogleReply | undefined>;

/** Storage is last: any path can be an object's in its XML API. */
const APIS: readonly Api[] = [answerBigQuery, answerStorage];

export interface ApiServer {
  readonly url: string;
  readonly host: string;
  readonly close: () => Promise<void>;
}

export async function startApiServer(google: FakeGoogle, saw: (request: Seen) => void): Promise<ApiServer> {
  return startLoopbackServer((request, response) => {
    const { method = 'GET', url = '/', headers } = request;
    saw(seen(google, method, url, headers.authorization));
    answer(google, request).then(
      (reply) => {
        if (method !== 'HEAD') return sendReply(response, reply);
        response.writeHead(reply.status, {
          ...reply.headers,
          'content-length': Buffer.byteLength(reply.body),
        });
        return response.end();
      },
      (error: unknown) =>
        sendReply(response, jsonReply(500, { error: { code: 500, message: String(error) } })),
    );
  });
}

async function answer(google: FakeGoogle, request: IncomingMessage): Promise<GoogleReply> {
  const { method = 'GET', url = '/', headers } = request;
  const [path = '/'] = url.split('?', 1);
  const apiRequest: ApiRequest = {
    method,
    path,
    query: new URLSearchParams(url.slice(path.length + 1)),
    baseUrl: `http://${headers.host}`,
    authorization: headers.authorization,
    contentType: headers['content-type'],
    range: headers.range,
    body: await readAll(request),
  };
  for (const api of APIS) {
    const reply = await api(google, apiRequest);
    if (reply !== undefined) return reply;
  }
  return jsonReply(404, { error: { code: 404, message: `no such API: ${path}`, status: 'NOT_FOUND' } });
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
