import { describe, expect, it } from 'vitest';
import { Fault, FAULTS, toFault, type FaultReason } from '../../shared/fault.ts';
import { Refusal } from '../../shared/refusal.ts';

const PASSING: readonly FaultReason[] = [
  'deadline_exceeded',
  'keys_unavailable',
  'firestore_unavailable',
  'runtime_credentials_unavailable',
  'iam_unavailable',
  'oauth_unavailable',
  'minted_token_expired',
];
const LASTING: readonly FaultReason[] = [
  'firestore_denied',
  'grants_file_unreadable',
  'document_malformed',
  'iam_denied',
  'iam_not_found',
  'iam_rejected',
  'oauth_rejected',
  'oauth_without_access_token',
  'internal',
];

describe('a fault', () => {
  it.each(PASSING)('for %s tells the caller to come back', (reason) => {
    expect(FAULTS[reason]).toEqual({ status: 503, error: 'temporarily_unavailable' });
  });

  it.each(LASTING)('for %s tells the caller that an operator has to act', (reason) => {
    expect(FAULTS[reason]).toEqual({ status: 500, error: 'server_error' });
  });

  it('has no reason that these lists leave out', () => {
    expect([...PASSING, ...LASTING].toSorted()).toEqual(Object.keys(FAULTS).toSorted());
  });

  it('says its reason and its detail, and keeps its cause and what to wait', () => {
    const cause = new Error('reset');
    const fault = new Fault('iam_unavailable', {
      detail: 'signJwt answered 503',
      cause,
      retryAfterSeconds: 7,
    });
    expect(fault).toMatchObject({ name: 'Fault', reason: 'iam_unavailable', retryAfterSeconds: 7 });
    expect(fault.detail).toBe('signJwt answered 503');
    expect(fault.cause).toBe(cause);
    expect(fault.message).toBe('iam_unavailable: signJwt answered 503');
  });

  it('needs nothing but a reason', () => {
    const fault = new Fault('internal');
    expect(fault.message).toBe('internal');
    expect(fault.detail).toBeUndefined();
    expect(fault.cause).toBeUndefined();
    expect(fault.retryAfterSeconds).toBeUndefined();
  });
});

describe('whatever was thrown', () => {
  it('is the same fault where it is one', () => {
    const fault = new Fault('oauth_rejected');
    expect(toFault(fault)).toBe(fault);
  });

  it.each([new TypeError('x is undefined'), new Refusal('no_grant'), 'text', undefined])(
    'is an internal fault caused by it where it is %o',
    (thrown) => {
      const fault = toFault(thrown);
      expect(fault).toBeInstanceOf(Fault);
      expect(fault.message).toBe('internal');
      expect(fault.cause).toBe(thrown);
    },
  );
});
