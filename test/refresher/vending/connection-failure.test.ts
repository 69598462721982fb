import { describe, expect, it } from 'vitest';
import { connectionFailure } from '../../../refresher/vending/connection-failure.ts';
import { TimedOut, TooLong } from '../../../refresher/vending/http-call.ts';

describe('a failed connection', () => {
  it.each([
    ['ECONNREFUSED', 'nobody listens there'],
    ['ECONNRESET', 'it closed the connection'],
    ['ENOTFOUND', 'its name is not known'],
    ['EHOSTUNREACH', 'no network leads there'],
    ['HPE_INVALID_CONSTANT', 'it does not speak HTTP'],
    ['CERT_HAS_EXPIRED', 'its certificate or its TLS is not accepted (CERT_HAS_EXPIRED)'],
    [
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'its certificate or its TLS is not accepted (DEPTH_ZERO_SELF_SIGNED_CERT)',
    ],
    [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'its certificate or its TLS is not accepted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
    ],
    ['EMFILE', 'the connection failed (EMFILE)'],
  ])('with %s: %s', (code, words) => {
    expect(connectionFailure(Object.assign(new Error('secret'), { code }))).toBe(words);
  });

  it('that took too long, or brought too much', () => {
    expect(connectionFailure(new TimedOut('x'))).toBe('it did not answer in time');
    expect(connectionFailure(new TooLong('x'))).toBe('its answer is too long to be meant');
  });

  it.each([
    undefined,
    null,
    'text',
    7,
    new Error('eyJhbGciOi.secret'),
    { code: 7 },
    { code: 'Bearer eyJ.secret' },
  ])('that says nothing printable is still a sentence (%#)', (error) => {
    expect(connectionFailure(error)).toMatch(/^the connection failed/);
    expect(connectionFailure(error)).not.toContain('secret');
  });
});
