/**
 * The one way out: every HTTP call of the refresher goes through here.
 *
 * A call has a time limit of its own, its answer is read up to a cap, and redirects are answers like others: no token
 * travels to wherever a `Location` points. Each call has a connection of its own. Calls are minutes apart, so that a kept
 * connection would mostly be found closed, and nobody could tell whether the request had arrived. Proxies that the
 * environment names are not asked: they would see the tokens.
 */

import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpLimits {
  /** For all of it: name look-up, connection, answer. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** The first value of a header, by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  readonly body: string;
}

/** The time limit passed. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut';
}

/** The server sent more than anybody who means well. */
export class TooLong extends Error {
  override readonly name = 'TooLong';
}

/** Throws `TimedOut`, `TooLong`, an error of Node's with a `code`, or the signal's reason once it aborts. */
export async function callHttp(call: HttpCall, limits: HttpLimits, signal: AbortSignal): Promise<HttpAnswer> {
  signal.throwIfAborted();
  // TLS takes a while to load, and nobody who calls functions on loopback needs it
  const request = call.url.startsWith('https:') ? (await import('node:https')).request : httpRequest;
  signal.throwIfAborted();
  return send(request, call, limits, signal);
}

type Options = RequestOptions & { readonly rejectUnauthorized: boolean };
type Request = (url: string, options: Options) => ReturnType<typeof httpRequest>;

/** Said, because NODE_TLS_REJECT_UNAUTHORIZED, which workloads set for their own ends, would otherwise decide. */
const VERIFIED = { rejectUnauthorized: true };

function send(
  request: Request,
  { method, url, headers, body = '' }: HttpCall,
  { timeoutMs, maxBytes }: HttpLimits,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const length = method === 'POST' ? { 'content-length': String(Buffer.byteLength(body)) } : {};
    const sent = request(url, { method, headers: { ...headers, ...length }, agent: false, ...VERIFIED });

    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      sent.destroy();
    }
    function fail(error: unknown): void {
      end();
      reject(error instanceof Error ? error : new Error('the call was given up', { cause: error }));
    }
    const onAbort = () => fail(signal.reason);
    const timer = setTimeout(() => fail(new TimedOut(`no answer within ${timeoutMs} ms`)), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });

    // stays for good: a socket may fail once more after the call has failed
    sent.on('error', fail);
    sent.on('response', (answer) => {
      readCapped(answer, maxBytes).then((text) => {
        end();
        resolve({ status: answer.statusCode ?? 0, header: headerOf(answer), body: text });
      }, fail);
    });
    sent.end(body);
  });
}

/** By events: under Bun the first iteration over a stream takes as long as the call itself. */
function readCapped(answer: IncomingMessage, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) reject(new TooLong(`the answer is longer than ${maxBytes} bytes`));
      else chunks.push(chunk);
    });
    answer.on('end', () => {
      if (answer.complete) resolve(Buffer.concat(chunks).toString('utf8'));
    });
    answer.on('error', reject);
    answer.on('close', () => reject(new Error('the answer ended in the middle')));
  });
}

function headerOf({ headers }: IncomingMessage): HttpAnswer['header'] {
  return (name) => {
    const value = headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
}
