import * as fc from '../../support/properties.ts';
import { describe, expect, it } from 'vitest';
import {
  cloudPlatformCoverage,
  COVERED_BY_CLOUD_PLATFORM,
  effectiveScopes,
  exactCoverage,
} from '../../../shared/grants/effective-scopes.ts';
import { CLOUD_PLATFORM } from '../../support/world/world.ts';

const AUTH = 'https://www.googleapis.com/auth/';
/** Of other products, whose tokens a token of cloud-platform cannot replace. */
const ELSEWHERE = [
  'drive',
  'drive.readonly',
  'gmail.readonly',
  'calendar',
  'admin.directory.user',
  'spreadsheets',
];
const scope = fc.oneof(
  fc.constantFrom(...COVERED_BY_CLOUD_PLATFORM),
  fc.constantFrom(...ELSEWHERE.map((name) => AUTH + name), 'openid', 'https://mail.google.com/'),
  fc.constant(CLOUD_PLATFORM),
  fc
    .constantFrom(...COVERED_BY_CLOUD_PLATFORM)
    .chain((one) =>
      fc.constantFrom(`${one}/`, `${one}.x`, one.slice(0, -1), one.toUpperCase(), one.slice(AUTH.length)),
    ),
);
const granted = fc.uniqueArray(scope, { minLength: 1, maxLength: 4 });
const asked = fc.uniqueArray(scope, { minLength: 1, maxLength: 4 });
const COVERAGES = [cloudPlatformCoverage, exactCoverage];

describe('effectiveScopes', () => {
  it('gives all that is granted, and no more, to who asks for nothing or for cloud-platform', () => {
    fc.assert(
      fc.property(granted, asked, fc.constantFrom(...COVERAGES), (own, wanted, covers) => {
        expect(effectiveScopes(own, undefined, covers)).toEqual(own);
        expect(effectiveScopes(own, [...wanted, CLOUD_PLATFORM], covers)).toEqual(own);
      }),
      { numRuns: 200 },
    );
  });

  it('gives at delegate exactly what is both asked and granted', () => {
    fc.assert(
      fc.property(granted, asked, (own, wanted) => {
        fc.pre(!wanted.includes(CLOUD_PLATFORM));
        const both = wanted.filter((one) => own.includes(one));
        expect(effectiveScopes(own, wanted, exactCoverage)).toEqual(both);
      }),
      { numRuns: 400 },
    );
  });

  it('gives at impersonate no scope that is neither granted nor on the list below cloud-platform', () => {
    fc.assert(
      fc.property(granted, asked, (own, wanted) => {
        fc.pre(!wanted.includes(CLOUD_PLATFORM));
        const isBelow = (one: string) => own.includes(CLOUD_PLATFORM) && COVERED_BY_CLOUD_PLATFORM.has(one);
        const right = wanted.filter((one) => own.includes(one) || isBelow(one));
        expect(effectiveScopes(own, wanted, cloudPlatformCoverage)).toEqual(right);
      }),
      { numRuns: 600 },
    );
  });

  it('gives who is granted more no less, and who asks for less no more', () => {
    const covers = fc.constantFrom(...COVERAGES);
    fc.assert(
      fc.property(granted, granted, asked, covers, (own, more, wanted, coverage) => {
        const given = effectiveScopes(own, wanted, coverage);
        const wider = effectiveScopes([...own, ...more], wanted, coverage);
        const narrower = effectiveScopes(own, wanted.slice(0, 1), coverage);
        const isFull = wanted.includes(CLOUD_PLATFORM) || narrower.length === 0;
        expect(given.filter((one) => !wider.includes(one))).toEqual([]);
        expect(isFull ? [] : narrower.filter((one) => !given.includes(one))).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it('has nothing of another product on its list', () => {
    expect(ELSEWHERE.filter((name) => COVERED_BY_CLOUD_PLATFORM.has(AUTH + name))).toEqual([]);
    expect(COVERED_BY_CLOUD_PLATFORM.has(CLOUD_PLATFORM)).toBe(false);
  });
});
