/**
 * Faults: something broke, or somebody configured it wrongly. Opaque outside, the full cause inside.
 *
 * `temporarily_unavailable` (503) tells the caller to come back; `server_error` (500) tells it that only an operator
 * can mend this.
 */

import type { WireErrorCode } from './protocol.ts';

interface WireFault {
  readonly status: 500 | 503;
  readonly error: Extract<WireErrorCode, 'temporarily_unavailable' | 'server_error'>;
}

const unavailable = { status: 503, error: 'temporarily_unavailable' } as const;
const broken = { status: 500, error: 'server_error' } as const;

export const FAULTS = {
  deadline_exceeded: unavailable,
  keys_unavailable: unavailable,
  firestore_unavailable: unavailable,
  runtime_credentials_unavailable: unavailable,
  iam_unavailable: unavailable,
  oauth_unavailable: unavailable,
  minted_token_expired: unavailable,
  firestore_denied: broken,
  grants_file_unreadable: broken,
  document_malformed: broken,
  iam_denied: broken,
  iam_not_found: broken,
  iam_rejected: broken,
  oauth_rejected: broken,
  oauth_without_access_token: broken,
  internal: broken,
} as const satisfies Record<string, WireFault>;

export type FaultReason = keyof typeof FAULTS;

export interface FaultOptions {
  /** One sentence for the operator: what happened and what to do next. Holds no secret. */
  readonly detail?: string;
  readonly cause?: unknown;
  /** What the upstream asked callers to wait, for the answer's `Retry-After`. */
  readonly retryAfterSeconds?: number | undefined;
}

export class Fault extends Error {
  override readonly name = 'Fault';
  readonly reason: FaultReason;
  readonly detail: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(reason: FaultReason, options: FaultOptions = {}) {
    super(options.detail === undefined ? reason : `${reason}: ${options.detail}`, { cause: options.cause });
    this.reason = reason;
    this.detail = options.detail;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** Whatever was thrown, as a fault: a bug of ours is `internal`, and never the caller's mistake. */
export function toFault(error: unknown): Fault {
  return error instanceof Fault ? error : new Fault('internal', { cause: error });
}
