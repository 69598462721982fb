/**
 * Refusals: every way in which the answer is a named "no".
 *
 * The reason goes to the audit event only. The wire gets the OAuth error and a sentence that is constant for each
 * error, so that nobody learns from an answer which grants exist. A new reason does not compile until it has a
 * wire answer here, and `docs/troubleshooting.md` has to explain it.
 */

import type { WireErrorCode } from './protocol.ts';

interface WireRefusal {
  readonly status: 400 | 404 | 405 | 411 | 413 | 415;
  readonly error: Exclude<WireErrorCode, 'temporarily_unavailable' | 'server_error'>;
}

const malformed = { status: 400, error: 'invalid_request' } as const;
const notGranted = { status: 400, error: 'invalid_target' } as const;

export const REFUSALS = {
  // HTTP
  path_unknown: { status: 404, error: 'invalid_request' },
  method_not_allowed: { status: 405, error: 'invalid_request' },
  media_type_unsupported: { status: 415, error: 'invalid_request' },
  body_too_large: { status: 413, error: 'invalid_request' },
  body_length_missing: { status: 411, error: 'invalid_request' },
  body_incomplete: malformed,
  // the request's parameters
  body_malformed: malformed,
  parameter_repeated: malformed,
  grant_type_missing: malformed,
  grant_type_unsupported: { status: 400, error: 'unsupported_grant_type' },
  actor_token_unsupported: malformed,
  subject_token_missing: malformed,
  subject_token_type_missing: malformed,
  subject_token_type_unsupported: malformed,
  requested_token_type_unsupported: malformed,
  audience_missing: malformed,
  audience_malformed: malformed,
  targets_too_many: malformed,
  target_repeated: malformed,
  scope_malformed: malformed,
  // the identity token
  token_too_large: malformed,
  token_malformed: malformed,
  token_duplicate_member: malformed,
  token_header_refused: malformed,
  token_key_unknown: malformed,
  token_signature_invalid: malformed,
  token_issuer_mismatch: malformed,
  token_audience_mismatch: malformed,
  token_times_malformed: malformed,
  token_expired: malformed,
  token_not_yet_valid: malformed,
  token_lifetime_too_long: malformed,
  token_email_refused: malformed,
  token_subject_refused: malformed,
  token_not_from_compute_engine: malformed,
  token_compute_claims_malformed: malformed,
  // who may become whom
  project_not_allowed: notGranted,
  kill_switch_engaged: notGranted,
  kill_switch_principal: notGranted,
  kill_switch_target: notGranted,
  principal_unknown: notGranted,
  principal_disabled: notGranted,
  principal_expired: notGranted,
  principal_pin_mismatch: notGranted,
  target_kind_mismatch: notGranted,
  target_ambiguous: notGranted,
  no_grant: notGranted,
  ceiling_signer: notGranted,
  ceiling_subject: notGranted,
  ceiling_scope: notGranted,
  grant_expired: notGranted,
  condition_false: notGranted,
  resource_missing: notGranted,
  resource_not_granted: notGranted,
  resource_for_access_token: notGranted,
  scope_not_granted: { status: 400, error: 'invalid_scope' },
} as const satisfies Record<string, WireRefusal>;

export type RefusalReason = keyof typeof REFUSALS;

/** An expected "no". `detail` is for the operator's audit line alone and holds no secret. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: RefusalReason;
  readonly detail: string | undefined;

  constructor(reason: RefusalReason, detail?: string) {
    super(detail === undefined ? reason : `${reason}: ${detail}`);
    this.reason = reason;
    this.detail = detail;
  }
}
