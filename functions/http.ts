/**
 * HTTP around the exchange and the check: what came in becomes `Received`, its `Answer` goes out.
 *
 * The framework would read a body of up to a gigabyte, inflate it, parse it in four ways, and print it into the log
 * where that fails, all before a function is called. So it is shown requests without one (`conceal`), and the function
 * reads the body itself: after the head was judged, up to a cap, within the deadline.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorAnswer, type Answer, type Endpoint } from '../shared/answering.ts';
import { CHECK_PATH } from '../shared/protocol.ts';
import { Refusal } from '../shared/refusal.ts';
import { readBody } from './request-body.ts';
import { pathOf, refusalOfHead } from './request-head.ts';
import { onRequestStart } from './request-start.ts';
import { traceOf } from './trace.ts';

export interface Endpoints {
  /** Also answers, and records, what is asked at no path of ours. */
  readonly exchange: Endpoint;
  readonly check: Endpoint;
}

export interface HttpOptions extends Endpoints {
  /** For the resource names of traces. */
  readonly projectId: string | undefined;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

interface Judged {
  readonly endpoint: Endpoint;
  readonly refusal: Refusal | undefined;
  readonly receivedAt: number;
}

/** The function itself, as the framework calls it. */
export function createHandler({ exchange, check, projectId }: HttpOptions): Handler {
  const judged = new WeakMap<IncomingMessage, Judged>();

  onRequestStart(({ request }) => {
    judged.set(request, {
      endpoint: pathOf(request) === CHECK_PATH ? check : exchange,
      refusal: refusalOfHead(request),
      receivedAt: performance.now(),
    });
    conceal(request);
  });

  return async function handle(request, response) {
    const { endpoint, refusal, receivedAt } = judged.get(request) ?? {
      endpoint: exchange,
      refusal: unjudged(),
      receivedAt: performance.now(),
    };
    const receive = (signal: AbortSignal) => {
      if (refusal !== undefined) return Promise.reject(refusal);
      return readBody(request, signal);
    };
    const trace = traceOf(request.headers, projectId);
    // rejects only where even the audit line could not be written
    const answer = await endpoint({ receive, receivedAt, trace }).catch(errorAnswer);
    send(request, response, answer);
  };
}

/** A request whose head nobody saw has been read by the framework: its size was never checked. */
function unjudged(): Refusal {
  return new Refusal('body_incomplete', 'the head of the request was not seen');
}

/**
 * Leaves nothing for the framework to act on: without these headers no parser looks for a body, and with this path no
 * route but the function's own applies, nor can it fail to be decoded. Node has already taken the framing from the
 * headers, so that the body arrives all the same.
 */
function conceal(request: IncomingMessage): void {
  delete request.headers['content-length'];
  delete request.headers['transfer-encoding'];
  request.url = '/';
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, body, retryAfterSeconds }: Answer,
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...(status === 405 && { allow: 'POST' }),
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    // what is left of a body would be taken for the next request
    ...(!request.complete && { connection: 'close' }),
  });
  response.end(text);
}
