/**
 * Replies, and how they leave: every one of them carries `Metadata-Flavor: Google`, without which client libraries
 * believe nothing, errors and redirects included.
 */

import type { ServerResponse } from 'node:http';

type Headers = Readonly<Record<string, string>>;

export interface Reply {
  readonly status: number;
  /** Complete but for `Date` and what concerns the connection. Made once, sent often. */
  readonly headers: Headers;
  readonly body: string;
  /** Of what `wait_for_change` can wait for. */
  readonly etag?: string;
}

/** Exact: Python takes a token for text and Ruby one for an ID token by these. */
export type ContentType =
  | 'application/json'
  | 'application/text'
  | 'text/html'
  | 'text/plain'
  | 'text/plain; version=0.0.4';

/** The real server's, in its order. */
const COMMON = {
  'Metadata-Flavor': 'Google',
  Server: 'Metadata Server for VM',
  'X-XSS-Protection': '0',
  'X-Frame-Options': 'SAMEORIGIN',
};

interface Extras {
  readonly etag?: string;
  readonly headers?: Headers;
}

export function reply(
  status: number,
  contentType: ContentType,
  body: string,
  { etag, headers }: Extras = {},
): Reply {
  return {
    status,
    headers: {
      ...COMMON,
      ...(etag !== undefined && { ETag: etag }),
      ...headers,
      'Content-Type': contentType,
      'Content-Length': String(Buffer.byteLength(body)),
    },
    body,
    ...(etag !== undefined && { etag }),
  };
}

/** Contents: their ETag is made of them. */
export function contents(contentType: ContentType, body: string): Reply {
  return reply(200, contentType, body, { etag: etagOf(body) });
}

/** For people: the sentence is all there is, and never repeats anything of the request. */
export function sentenceReply(status: number, sentence: string, headers: Headers = {}): Reply {
  return reply(status, 'text/html', `${sentence}\n`, { headers });
}

/** For libraries too: .NET reads errors of the token path as JSON, and all others show them to the user. */
export function errorReply(status: number, error: string, sentence: string, headers: Headers = {}): Reply {
  const body = JSON.stringify({ error, error_description: sentence });
  return reply(status, 'application/json', body, { headers });
}

export const NOT_FOUND = sentenceReply(404, 'There is no such metadata here.');

/** Sixteen hexadecimal digits, as the real server's. Two hashes in the way of FNV-1a: `node:crypto` takes long to load. */
export function etagOf(text: string): string {
  let [one, other] = [0x811c9dc5, 0xdeadbeef];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    one = Math.imul(one ^ code, 0x01000193);
    other = Math.imul(other ^ code, 0x5f356495);
  }
  return [one, other].map((hash) => (hash >>> 0).toString(16).padStart(8, '0')).join('');
}

export function send(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, headers);
  response.end(body);
}

/** The same for connections of which there is no request to answer: bytes, after which nothing follows. */
export function rawReply({ status, headers, body }: Reply, reason: string): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${reason}`, ...lines, 'Connection: close', '', body].join('\r\n');
}
