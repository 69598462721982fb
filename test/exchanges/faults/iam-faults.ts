/**
 * What IAM Credentials can answer instead of a token, and what becomes of it.
 *
 * Repeated once: what may pass within the deadline. Not repeated: a refusal, which a second try would not change, and
 * a 429, whose sender has asked for fewer calls.
 */

import type { Fault } from '../../support/google/faults.ts';
import type { Failure } from './outcomes.ts';

export interface IamFault {
  /** Completes "IAM …". */
  readonly title: string;
  readonly fault: Fault;
  readonly failure: Pick<Failure, 'error' | 'reason' | 'detail' | 'retryAfter'>;
  /** How often IAM is asked. */
  readonly calls: 1 | 2;
}

const unavailable = { error: 'temporarily_unavailable', reason: 'iam_unavailable' } as const;
const denied = { error: 'server_error', reason: 'iam_denied' } as const;
const notFound = { error: 'server_error', reason: 'iam_not_found' } as const;
const rejected = { error: 'server_error', reason: 'iam_rejected' } as const;

const status = (code: number, headers?: Record<string, string>): Fault =>
  headers === undefined ? { kind: 'status', status: code } : { kind: 'status', status: code, headers };
const json = (value: unknown): Fault => ({ kind: 'body', status: 200, body: JSON.stringify(value) });

export const IAM_FAULTS: readonly IamFault[] = [
  // an operator has to mend these
  {
    title: 'says 400',
    fault: status(400),
    failure: { ...rejected, detail: 'answered 400 INVALID_ARGUMENT' },
    calls: 1,
  },
  // once with the function's token at hand, once with a fresh one
  {
    title: 'does not accept who we are',
    fault: status(401),
    failure: { ...rejected, detail: 'answered 401 UNAUTHENTICATED' },
    calls: 2,
  },
  {
    title: 'says 403',
    fault: status(403),
    failure: { ...denied, detail: 'answered 403 PERMISSION_DENIED' },
    calls: 1,
  },
  { title: 'says 403 in HTML', fault: { kind: 'html', status: 403 }, failure: denied, calls: 1 },
  {
    title: 'says 404',
    fault: status(404),
    failure: { ...notFound, detail: 'there is no such service account' },
    calls: 1,
  },
  { title: 'says 404 in HTML', fault: { kind: 'html', status: 404 }, failure: notFound, calls: 1 },

  // whoever waits gets further
  { title: 'says 408', fault: status(408), failure: unavailable, calls: 2 },
  {
    title: 'says 429',
    fault: status(429),
    failure: { ...unavailable, detail: 'RESOURCE_EXHAUSTED RATE_LIMIT_EXCEEDED' },
    calls: 1,
  },
  {
    title: 'says 429 and how long to wait',
    fault: status(429, { 'retry-after': '17' }),
    failure: { ...unavailable, retryAfter: '17' },
    calls: 1,
  },
  {
    title: 'says 500',
    fault: status(500),
    failure: { ...unavailable, detail: 'answered 500 INTERNAL' },
    calls: 2,
  },
  { title: 'says 502 in HTML', fault: { kind: 'html', status: 502 }, failure: unavailable, calls: 2 },
  {
    title: 'says 503',
    fault: status(503),
    failure: { ...unavailable, detail: 'answered 503 UNAVAILABLE' },
    calls: 2,
  },
  {
    title: 'says 503 and how long to wait',
    fault: status(503, { 'retry-after': '30' }),
    failure: { ...unavailable, retryAfter: '30' },
    calls: 1,
  },
  // an hour is as long as anybody is told to wait
  {
    title: 'says 503 and to wait for a week',
    fault: status(503, { 'retry-after': '604800' }),
    failure: { ...unavailable, retryAfter: '3600' },
    calls: 1,
  },
  {
    title: 'says 503 and to wait until some date',
    fault: status(503, { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }),
    failure: unavailable,
    calls: 2,
  },
  { title: 'says 504 in HTML', fault: { kind: 'html', status: 504 }, failure: unavailable, calls: 2 },

  // answers that are none
  { title: 'resets the connection', fault: { kind: 'reset' }, failure: unavailable, calls: 2 },
  { title: 'says 200 in HTML', fault: { kind: 'html', status: 200 }, failure: unavailable, calls: 1 },
  { title: 'cuts its JSON short', fault: { kind: 'truncatedJson' }, failure: unavailable, calls: 1 },
  { title: 'says 200 and nothing', fault: json({}), failure: unavailable, calls: 1 },
  { title: 'says null', fault: json(null), failure: unavailable, calls: 1 },
  {
    title: 'gives empty tokens',
    fault: json({ accessToken: '', token: '', signedJwt: '', expireTime: '2099-01-01T00:00:00Z' }),
    failure: unavailable,
    calls: 1,
  },
  {
    title: 'gives tokens that are no strings',
    fault: json({ accessToken: 1, token: ['a'], signedJwt: {}, expireTime: '2099-01-01T00:00:00Z' }),
    failure: unavailable,
    calls: 1,
  },
  {
    title: 'sends a megabyte',
    fault: { kind: 'bodyOfBytes', bytes: 1024 * 1024 },
    failure: unavailable,
    calls: 2,
  },
];

/** Of `generateAccessToken` alone, which says when its token expires. `nowMs` is the time of the exchange. */
export const EXPIRE_TIME_FAULTS: readonly {
  /** Completes "IAM says …". */
  readonly title: string;
  readonly answer: (nowMs: number) => Readonly<Record<string, unknown>>;
  readonly reason: 'iam_unavailable' | 'minted_token_expired';
}[] = [
  {
    title: 'that it expired an hour ago',
    answer: (nowMs) => expiring(nowMs - 3600_000),
    reason: 'minted_token_expired',
  },
  {
    title: 'that it expires at this very second',
    answer: (nowMs) => expiring(nowMs),
    reason: 'minted_token_expired',
  },
  // what is left rounds down to no second, and clients insist on one
  {
    title: 'that it expires in less than a second',
    answer: (nowMs) => expiring(nowMs + 950, 'exact'),
    reason: 'minted_token_expired',
  },
  {
    title: 'nothing of when it expires',
    answer: () => ({ accessToken: ACCESS_TOKEN }),
    reason: 'iam_unavailable',
  },
  {
    title: 'that it expires tomorrow, whenever that is',
    answer: () => ({ accessToken: ACCESS_TOKEN, expireTime: 'tomorrow' }),
    reason: 'iam_unavailable',
  },
  {
    title: 'that it expires on a day that does not exist',
    answer: () => ({ accessToken: ACCESS_TOKEN, expireTime: '2099-02-31T25:00:00Z' }),
    reason: 'iam_unavailable',
  },
  {
    title: 'that it expires after a number of seconds',
    answer: (nowMs) => ({ accessToken: ACCESS_TOKEN, expireTime: nowMs / 1000 + 3600 }),
    reason: 'iam_unavailable',
  },
];

export const ACCESS_TOKEN = 'ya29.c.a-token-that-must-not-be-handed-out';

export function expiring(atMs: number, precision?: 'exact'): Readonly<Record<string, unknown>> {
  const text = new Date(atMs).toISOString();
  const expireTime = precision === undefined ? text.replace(/\.\d{3}Z$/, 'Z') : text;
  return { accessToken: ACCESS_TOKEN, expireTime };
}
