/**
 * HTTP around the exchange: what came in becomes `Received`, its `Answer` goes out.
 *
 * The framework reads and parses whole bodies of up to a gigabyte before a function is called. So each request is
 * looked at when its head has arrived, and one that is refused there goes on without a body.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorAnswer, type Answer, type Exchange } from '../shared/exchange.ts';
import { MAX_BODY_BYTES } from '../shared/protocol.ts';
import { Refusal } from '../shared/refusal.ts';
import { refusalOfHead } from './request-head.ts';
import { onRequestStart } from './request-start.ts';
import { traceOf } from './trace.ts';

interface Inspected {
  readonly receivedAt: number;
  readonly refusal: Refusal | undefined;
}

export type TokenRequest = IncomingMessage & { readonly rawBody?: Buffer };

export interface HttpOptions {
  readonly exchange: Exchange;
  readonly projectId: string | undefined;
  /** Milliseconds for a whole exchange, the arrival of its body included. */
  readonly budgetMs: number;
}

export type Handler = (request: TokenRequest, response: ServerResponse) => Promise<void>;

/** The function itself, as the framework calls it. */
export function createHandler({ exchange, projectId, budgetMs }: HttpOptions): Handler {
  const inspected = new WeakMap<IncomingMessage, Inspected>();

  async function answer(request: TokenRequest, response: ServerResponse, receive: () => Promise<string>) {
    const receivedAt = inspected.get(request)?.receivedAt ?? performance.now();
    const trace = traceOf(request.headers, projectId);
    const answered = await exchange({ receive, receivedAt, trace }).catch(errorAnswer);
    send(request, response, answered);
  }

  function refuseBody(request: TokenRequest, response: ServerResponse): void {
    void answer(request, response, () => Promise.reject(new Refusal('body_incomplete')));
  }

  onRequestStart(({ request, response }) => {
    const refusal = refusalOfHead(request);
    inspected.set(request, { receivedAt: performance.now(), refusal });
    if (refusal !== undefined) {
      withhold(request);
      return;
    }
    // Node's own limit for a slow body is five minutes
    const timer = setTimeout(() => refuseBody(request, response), budgetMs);
    request.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
  });

  return async function handle(request, response) {
    await answer(request, response, async () => {
      const refusal = inspected.get(request)?.refusal;
      if (refusal !== undefined) throw refusal;
      return decodeBody(request.rawBody ?? (await readBody(request)));
    });
  };
}

/** Makes the framework believe that there is no body: without these two, nothing reads one. */
function withhold({ headers }: IncomingMessage): void {
  delete headers['content-length'];
  delete headers['transfer-encoding'];
}

/**
 * For a media type that the framework does not know how to read, as when a client sends it twice: the framework then
 * leaves the stream alone. Its length was checked with the head.
 */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) throw new Refusal('body_too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeBody(bytes: Buffer): string {
  try {
    return UTF_8.decode(bytes);
  } catch {
    throw new Refusal('body_malformed', 'not UTF-8');
  }
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, body, retryAfterSeconds }: Answer,
): void {
  if (response.headersSent) return;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...(status === 405 && { allow: 'POST' }),
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    // a body that was not read would be taken for the next request
    ...(!request.complete && { connection: 'close' }),
  });
  response.end(text);
}
