import { describe, expect, it } from 'vitest';
import { parseRetryAfterSeconds } from '../../../refresher/vending/retry-after.ts';

const DATE = 'Tue, 24 Nov 2026 05:00:00 GMT';

describe('Retry-After', () => {
  it.each([
    { value: '1', seconds: 1 },
    { value: '120', seconds: 120 },
    { value: '0', seconds: 1 },
    { value: '86400', seconds: 3600 },
    { value: 'Tue, 24 Nov 2026 05:02:00 GMT', seconds: 120 },
    { value: 'Tue, 24 Nov 2026 04:00:00 GMT', seconds: 1 },
    { value: 'Wed, 24 Nov 2027 05:00:00 GMT', seconds: 3600 },
  ])('$value is $seconds s', ({ value, seconds }) => {
    expect(parseRetryAfterSeconds(value, DATE)).toBe(seconds);
  });

  it.each([
    '',
    '-1',
    '1.5',
    '1e3',
    'soon',
    '1 2',
    '0x10',
    '99999999999',
    'Tue, 99 Nov 2026 05:00:00 GMT',
    '2026-11-24',
  ])('"%s" is ignored', (value) => {
    expect(parseRetryAfterSeconds(value, DATE)).toBeUndefined();
  });

  it('that is a date is ignored where the server does not say what its own is', () => {
    expect(parseRetryAfterSeconds(DATE, undefined)).toBeUndefined();
    expect(parseRetryAfterSeconds(undefined, DATE)).toBeUndefined();
  });
});
