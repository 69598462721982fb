import { describe, expect, it } from 'vitest';
import { Refusal, REFUSALS, type RefusalReason } from '../../shared/refusal.ts';

/** The wire contract, row by row. */
const ANSWERS: readonly {
  readonly status: number;
  readonly error: string;
  readonly reasons: readonly RefusalReason[];
}[] = [
  { status: 404, error: 'invalid_request', reasons: ['path_unknown'] },
  { status: 405, error: 'invalid_request', reasons: ['method_not_allowed'] },
  { status: 411, error: 'invalid_request', reasons: ['body_length_missing'] },
  { status: 413, error: 'invalid_request', reasons: ['body_too_large'] },
  { status: 415, error: 'invalid_request', reasons: ['media_type_unsupported'] },
  { status: 400, error: 'unsupported_grant_type', reasons: ['grant_type_unsupported'] },
  { status: 400, error: 'invalid_scope', reasons: ['scope_not_granted'] },
  {
    status: 400,
    error: 'invalid_request',
    reasons: [
      'body_incomplete',
      'body_malformed',
      'parameter_repeated',
      'grant_type_missing',
      'actor_token_unsupported',
      'subject_token_missing',
      'subject_token_type_missing',
      'subject_token_type_unsupported',
      'requested_token_type_unsupported',
      'audience_missing',
      'audience_malformed',
      'targets_too_many',
      'target_repeated',
      'scope_malformed',
      'token_too_large',
      'token_malformed',
      'token_duplicate_member',
      'token_header_refused',
      'token_key_unknown',
      'token_signature_invalid',
      'token_issuer_mismatch',
      'token_audience_mismatch',
      'token_times_malformed',
      'token_expired',
      'token_not_yet_valid',
      'token_lifetime_too_long',
      'token_email_refused',
      'token_subject_refused',
      'token_not_from_compute_engine',
      'token_compute_claims_malformed',
    ],
  },
  {
    status: 400,
    error: 'invalid_target',
    reasons: [
      'project_not_allowed',
      'kill_switch_engaged',
      'kill_switch_principal',
      'kill_switch_target',
      'principal_unknown',
      'principal_disabled',
      'principal_expired',
      'principal_pin_mismatch',
      'target_kind_mismatch',
      'target_ambiguous',
      'no_grant',
      'ceiling_signer',
      'ceiling_subject',
      'ceiling_scope',
      'grant_expired',
      'condition_false',
      'resource_missing',
      'resource_not_granted',
      'resource_for_access_token',
    ],
  },
];

const ROWS = ANSWERS.flatMap(({ reasons, ...answer }) => reasons.map((reason) => ({ reason, ...answer })));

describe('a refusal', () => {
  it.each(ROWS)('for $reason is answered $status $error', ({ reason, status, error }) => {
    expect(REFUSALS[reason]).toEqual({ status, error });
  });

  it('has no reason that this table leaves out', () => {
    expect(ROWS.map(({ reason }) => reason).toSorted()).toEqual(Object.keys(REFUSALS).toSorted());
  });

  it('says its reason and its detail', () => {
    const refusal = new Refusal('token_expired', 'by 1 s');
    expect(refusal).toMatchObject({ reason: 'token_expired', detail: 'by 1 s', name: 'Refusal' });
    expect(refusal.message).toBe('token_expired: by 1 s');
  });

  it('needs no detail', () => {
    const refusal = new Refusal('principal_unknown');
    expect(refusal.detail).toBeUndefined();
    expect(refusal.message).toBe('principal_unknown');
  });
});
