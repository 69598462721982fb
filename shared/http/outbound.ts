/**
 * The one way out: every HTTP call to Google goes through here.
 *
 * Each attempt has its own timeout inside the operation's deadline, answers are read up to a cap, redirects are not
 * followed (a bearer token must not travel to wherever a `Location` points), and failed calls are repeated as
 * `retry.ts` allows.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { startTimeout } from '../call-context.ts';
import { createCall, type Call, type HttpAnswer } from './connections.ts';
import { delayBeforeRetryMs, parseRetryAfterSeconds } from './retry.ts';

export interface OutboundRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface OutboundResponse extends HttpAnswer {
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

export function createSend({
  attemptTimeoutMs = ATTEMPT_TIMEOUT_MS,
  random = Math.random,
}: Options = {}): Send {
  const call = createCall();
  return async function send(request, signal) {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await attemptOnce(call, request, attempt, signal, attemptTimeoutMs);
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
  call: Call,
  request: OutboundRequest,
  attempt: number,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<Outcome> {
  signal.throwIfAborted();
  const timeout = startTimeout(signal, timeoutMs);
  try {
    const answer = await call(request, { signal: timeout.signal, fresh: attempt > 1 });
    return { response: { ...answer, retryAfterSeconds: parseRetryAfterSeconds(answer.headers) } };
  } catch (cause) {
    signal.throwIfAborted();
    return { failure: new Unreachable(`no answer from ${new URL(request.url).host}`, { cause }) };
  } finally {
    timeout.end();
  }
}
