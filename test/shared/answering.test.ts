import { describe, expect, it } from 'vitest';
import { errorAnswer } from '../../shared/answering.ts';
import { Fault, FAULTS, type FaultReason } from '../../shared/fault.ts';
import { errorResponse } from '../../shared/protocol.ts';
import { Refusal, REFUSALS, type RefusalReason } from '../../shared/refusal.ts';

describe('the answer to an error', () => {
  it.each(Object.keys(REFUSALS) as RefusalReason[])('of the refusal %s is as the table says', (reason) => {
    const { status, error } = REFUSALS[reason];
    expect(errorAnswer(new Refusal(reason, 'secret'))).toEqual({ status, body: errorResponse(error) });
  });

  it.each((Object.keys(FAULTS) as FaultReason[]).filter((reason) => FAULTS[reason].status === 503))(
    'of the fault %s says when to come back',
    (reason) => {
      const body = errorResponse('temporarily_unavailable');
      expect(errorAnswer(new Fault(reason))).toEqual({ status: 503, body, retryAfterSeconds: 5 });
      expect(errorAnswer(new Fault(reason, { retryAfterSeconds: 42 }))).toEqual({
        status: 503,
        body,
        retryAfterSeconds: 42,
      });
      expect(errorAnswer(new Fault(reason, { retryAfterSeconds: 0 }))).toMatchObject({
        retryAfterSeconds: 0,
      });
    },
  );

  it.each((Object.keys(FAULTS) as FaultReason[]).filter((reason) => FAULTS[reason].status === 500))(
    'of the fault %s says nothing of coming back',
    (reason) => {
      const fault = new Fault(reason, { detail: 'secret', retryAfterSeconds: 42 });
      expect(errorAnswer(fault)).toEqual({ status: 500, body: errorResponse('server_error') });
    },
  );

  it.each([new TypeError('secret'), 'secret', undefined])('of the bug %o is a server error', (error) => {
    expect(errorAnswer(error)).toEqual({ status: 500, body: errorResponse('server_error') });
  });
});
