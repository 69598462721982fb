/**
 * When a call to Google is repeated, and after how long. Pure.
 *
 * Everything that the functions send may safely be sent twice: a token minted for nobody expires by itself. So what
 * counts is whether a second try can help within the deadline. A 429 says that it cannot; the caller is told to wait.
 */

import type { IncomingHttpHeaders } from 'node:http';
import type { OutboundResponse, Unreachable } from './outbound.ts';

const MAX_ATTEMPTS = 2;
const BASE_DELAY_MS = 100;
/** A server that asks for longer is taken at its word: its `Retry-After` goes on to the caller. */
const MAX_RETRY_AFTER_SECONDS = 1;
/** https://google.aip.dev/194 repeats UNAVAILABLE alone; the OAuth endpoint also answers passing 500s and 502s. */
const PASSING_STATUSES = new Set([408, 500, 502, 503, 504]);

/** Whether a status says "later" rather than "no". Of these, only the ones above are worth a second try at once. */
export function isPassingStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

export interface Attempted {
  /** 1 for the first. */
  readonly attempt: number;
  readonly response?: OutboundResponse;
  readonly failure?: Unreachable;
}

/** Milliseconds until the next try, with full jitter; `undefined`: no further try. */
export function delayBeforeRetryMs(
  { attempt, response }: Attempted,
  random: () => number,
): number | undefined {
  if (attempt >= MAX_ATTEMPTS) return undefined;
  if (response !== undefined && !PASSING_STATUSES.has(response.status)) return undefined;
  const retryAfterSeconds = response?.retryAfterSeconds ?? 0;
  if (retryAfterSeconds > MAX_RETRY_AFTER_SECONDS) return undefined;
  return retryAfterSeconds * 1000 + random() * BASE_DELAY_MS * 2 ** attempt;
}

/** RFC 9110 §10.2.3, seconds only: Google's APIs send no dates. Bounded, so that nobody is told to wait for days. */
export function parseRetryAfterSeconds(headers: IncomingHttpHeaders): number | undefined {
  const value = /^\d{1,6}$/.exec(headers['retry-after'] ?? '')?.[0];
  return value === undefined ? undefined : Math.min(Math.max(Number(value), 1), 3600);
}
