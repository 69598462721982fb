/**
 * What has to come of an exchange, as values to compare its outcome with: what is granted and nothing else, or the
 * answer that an error has and not a word more; soon enough; one audit line; no call to Google that nobody asked for.
 */

import { expect } from 'vitest';
import { errorResponse, type WireErrorCode } from '../../../shared/protocol.ts';
import { MINTING_ROUTES, type Caller, type MintingRoute, type Outcome } from './lane.ts';

/** An answer at once: no waiting for anything, but on a slow and busy machine. */
export const AT_ONCE_MS = 2_500;

export interface Failure {
  readonly error: Extract<
    WireErrorCode,
    'temporarily_unavailable' | 'server_error' | 'invalid_request' | 'invalid_target'
  >;
  /** In the audit line. */
  readonly reason: string;
  /** What the audit line's detail says, among other things. */
  readonly detail?: string;
  /** In seconds, with `temporarily_unavailable`; by default what the functions ask for by themselves. */
  readonly retryAfter?: string;
  readonly withinMs?: number;
  /** None but these. */
  readonly calls?: Readonly<Partial<Record<MintingRoute, number>>>;
}

const ANSWERS = {
  temporarily_unavailable: { status: 503, outcome: 'fault', severity: 'ERROR' },
  server_error: { status: 500, outcome: 'fault', severity: 'ERROR' },
  invalid_request: { status: 400, outcome: 'refused', severity: 'WARNING' },
  invalid_target: { status: 400, outcome: 'refused', severity: 'WARNING' },
} as const;

const DEFAULT_RETRY_AFTER = '5';
const NO_CALLS = Object.fromEntries(MINTING_ROUTES.map((route) => [route, 0]));

/** An outcome, some of whose members are matchers. */
type Expected = Readonly<Record<keyof Outcome, unknown>>;

export function failed(failure: Failure): Expected {
  const { error, reason, detail, retryAfter = DEFAULT_RETRY_AFTER, withinMs, calls } = failure;
  const { status, ...line } = ANSWERS[error];
  return {
    status,
    // the sentence of the error: no token, no stack, no word of what broke
    body: errorResponse(error),
    retryAfter: status === 503 ? retryAfter : null,
    cacheControl: 'no-store',
    elapsedMs: below(withinMs ?? AT_ONCE_MS),
    given: undefined,
    calls: { ...NO_CALLS, ...calls },
    audit: [
      expect.objectContaining({
        ...line,
        reason,
        ...(detail !== undefined && { detail: expect.stringContaining(detail) as unknown }),
      }),
    ],
  };
}

/** The caller has what it asked for. */
export function granted({ wanted }: Caller, withinMs = AT_ONCE_MS): Expected {
  return {
    status: 200,
    body: expect.objectContaining({ expires_in: expect.any(Number) as unknown }) as unknown,
    retryAfter: null,
    cacheControl: 'no-store',
    elapsedMs: below(withinMs),
    given: wanted.given,
    calls: expect.any(Object) as unknown,
    audit: [expect.objectContaining({ outcome: 'granted', reason: 'granted', severity: 'INFO' })],
  };
}

export function below(milliseconds: number): unknown {
  return expect.toSatisfy((actual: number) => actual < milliseconds, `below ${milliseconds}`);
}
