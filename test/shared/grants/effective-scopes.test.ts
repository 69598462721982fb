import { describe, expect, it } from 'vitest';
import {
  cloudPlatformCoverage,
  COVERED_BY_CLOUD_PLATFORM,
  effectiveScopes,
  exactCoverage,
} from '../../../shared/grants/effective-scopes.ts';
import { BIGQUERY, CLOUD_PLATFORM, DRIVE, STORAGE } from '../../support/domain/questions.ts';

const READ_ONLY = 'https://www.googleapis.com/auth/devstorage.read_only';
const BOTH = [exactCoverage, cloudPlatformCoverage];

describe.each(BOTH)('whichever way scopes are covered', (covers) => {
  it.each([
    { what: 'nothing is asked', asked: undefined },
    { what: 'cloud-platform is asked', asked: [CLOUD_PLATFORM] },
    { what: 'cloud-platform is asked beside others', asked: [DRIVE, CLOUD_PLATFORM] },
  ])('all that is granted is given where $what', ({ asked }) => {
    expect(effectiveScopes([STORAGE, BIGQUERY], asked, covers)).toEqual([STORAGE, BIGQUERY]);
  });

  it.each([
    { asked: [STORAGE], given: [STORAGE] },
    { asked: [BIGQUERY, DRIVE, STORAGE], given: [BIGQUERY, STORAGE] },
    { asked: [DRIVE], given: [] },
    { asked: [READ_ONLY], given: [] },
    { asked: [STORAGE.toUpperCase()], given: [] },
    { asked: [`${STORAGE}/`], given: [] },
    { asked: [STORAGE.slice(0, -1)], given: [] },
  ])('of $asked what is granted too is given', ({ asked, given }) => {
    expect(effectiveScopes([STORAGE, BIGQUERY], asked, covers)).toEqual(given);
  });
});

describe('a grant of cloud-platform at impersonate', () => {
  it.each([...COVERED_BY_CLOUD_PLATFORM])('covers %s', (scope) => {
    expect(effectiveScopes([CLOUD_PLATFORM], [scope], cloudPlatformCoverage)).toEqual([scope]);
  });

  it.each([
    DRIVE,
    'https://www.googleapis.com/auth/gmail.readonly',
    'https://www.googleapis.com/auth/admin.directory.user',
    'https://www.googleapis.com/auth/userinfo.email',
    'https://www.googleapis.com/auth/iam',
    'https://www.googleapis.com/auth/devstorage',
    'https://www.googleapis.com/auth/bigquery.',
    'http://www.googleapis.com/auth/bigquery',
    'bigquery',
    'openid',
    '__proto__',
  ])('does not cover %s', (scope) => {
    expect(effectiveScopes([CLOUD_PLATFORM], [scope], cloudPlatformCoverage)).toEqual([]);
  });
});

describe('a grant of cloud-platform at delegate', () => {
  it.each([STORAGE, BIGQUERY])('does not cover %s', (scope) => {
    expect(effectiveScopes([CLOUD_PLATFORM], [scope], exactCoverage)).toEqual([]);
  });
});

describe('the list of covered scopes', () => {
  it('never holds what reaches beyond the cloud', () => {
    const beyond = /drive|gmail|mail|calendar|contacts|admin\.|directory|userinfo|spreadsheets|documents/;
    expect(
      [...COVERED_BY_CLOUD_PLATFORM].filter((scope) =>
        beyond.test(scope.replace(/(bigtable|logging|sqlservice|spanner)\.admin$/, '')),
      ),
    ).toEqual([]);
  });
});
