/**
 * The one way out: every HTTP call to Google goes through here.
 *
 * Each attempt has its own timeout inside the operation's deadline, answers are read up to a cap, redirects are not
 * followed (a bearer token must not travel to wherever a `Location` points), and failed calls are repeated as
 * `retry.ts` allows.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { delayBeforeRetryMs, parseRetryAfterSeconds } from './retry.ts';

export interface OutboundRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface OutboundResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** What the server asked callers to wait. */
  readonly retryAfterSeconds: number | undefined;
}

/** Sends a request that is safe to repeat. Throws `Unreachable`, or the signal's reason once it aborts. */
export type Send = (request: OutboundRequest, signal: AbortSignal) => Promise<OutboundResponse>;

/** No usable answer: refused, reset, timed out or too long. The cause tells which. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

interface Options {
  readonly attemptTimeoutMs?: number;
  readonly random?: () => number;
}

const ATTEMPT_TIMEOUT_MS = 3_000;
/** Google's answers are a few KiB; its key set is the longest. */
const MAX_RESPONSE_BYTES = 256 * 1024;

export function createSend({
  attemptTimeoutMs = ATTEMPT_TIMEOUT_MS,
  random = Math.random,
}: Options = {}): Send {
  return async function send(request, signal) {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await attemptOnce(request, signal, attemptTimeoutMs);
      const delayMs = delayBeforeRetryMs({ attempt, ...outcome }, random);
      if (delayMs === undefined) {
        if ('failure' in outcome) throw outcome.failure;
        return outcome.response;
      }
      await sleep(delayMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  };
}

type Outcome = { readonly response: OutboundResponse } | { readonly failure: Unreachable };

async function attemptOnce(
  { url, ...init }: OutboundRequest,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<Outcome> {
  try {
    const attemptSignal = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const response = await fetch(url, { ...init, redirect: 'manual', signal: attemptSignal });
    const { status, headers } = response;
    const body = await readCapped(response);
    return { response: { status, headers, body, retryAfterSeconds: parseRetryAfterSeconds(headers) } };
  } catch (cause) {
    signal.throwIfAborted();
    return { failure: new Unreachable(`no answer from ${new URL(url).host}`, { cause }) };
  }
}

async function readCapped(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let body = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_RESPONSE_BYTES) throw new Error(`the answer is longer than ${MAX_RESPONSE_BYTES} bytes`);
    body += decoder.decode(chunk, { stream: true });
  }
  return body + decoder.decode();
}
