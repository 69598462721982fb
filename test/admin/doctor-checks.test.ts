/**
 * Doctor's judgements, without anything to examine.
 */

import { describe, expect, it } from 'vitest';
import { exitCodeOf, failed, inLayers, ok, warning, type Layer } from '../../admin/doctor/check.ts';
import { clockCheck } from '../../admin/doctor/clock-check.ts';
import { propertiesIn } from '../../admin/doctor/credential-file-checks.ts';
import { audienceCheck, edgeCheck, type Asked } from '../../admin/doctor/function-checks.ts';
import { serviceOf } from '../../admin/doctor/service-of.ts';
import { accountsIn } from '../../admin/doctor/refresher-checks.ts';

describe('the exit code', () => {
  it.each<[readonly Layer[], number]>([
    [[], 0],
    [['clients', 'metadata'], 20],
    [['clients', 'exchange', 'edge'], 25],
    [['exchange', 'clock'], 22],
  ])('of failures in %j is that of the first layer: %i', (layers, exitCode) => {
    const checks = [
      ok('metadata', ''),
      warning('concealment', ''),
      ...layers.map((layer) => failed(layer, '')),
    ];
    expect(exitCodeOf(checks)).toBe(exitCode);
  });

  it('goes by layers, and each layer by what came first', () => {
    const checks = [failed('clients', 'a'), ok('metadata', 'b'), failed('clients', 'c'), ok('clock', 'd')];
    expect(inLayers(checks).map(({ found }) => found)).toEqual(['b', 'd', 'a', 'c']);
  });
});

describe('the clock', () => {
  const NOW_MS = Date.parse('2026-03-01T12:00:00.500Z');
  const seen = (date: string | undefined, tookMs = 0) => ({
    server: 'vending.example',
    date,
    askedAtMs: NOW_MS - tookMs,
    answeredAtMs: NOW_MS + tookMs,
  });

  it.each([
    ['Sun, 01 Mar 2026 12:00:00 GMT', 'ok'],
    ['Sun, 01 Mar 2026 11:59:56 GMT', 'ok'],
    ['Sun, 01 Mar 2026 11:59:50 GMT', 'warning'],
    ['Sun, 01 Mar 2026 12:00:59 GMT', 'warning'],
    ['Sun, 01 Mar 2026 12:02:00 GMT', 'failed'],
    ['Sun, 01 Mar 2026 11:58:00 GMT', 'failed'],
    ['soon', 'skipped'],
    [undefined, 'skipped'],
  ])('beside %s is %s', (date, is) => {
    expect(clockCheck([seen(date)])).toMatchObject({ layer: 'clock', is });
  });

  it('is compared with the middle of the call, so that a slow answer is no skew', () => {
    expect(clockCheck([seen('Sun, 01 Mar 2026 12:00:00 GMT', 20_000)])).toMatchObject({ is: 'ok' });
  });

  it('is compared with the first that has one', () => {
    const checks = clockCheck([seen(undefined), seen('Sun, 01 Mar 2026 12:02:00 GMT')]);
    expect(checks.found).toBe('the clock is 120 s behind vending.example');
  });
});

describe('an answer of a function, or of what stands before it,', () => {
  const asked: Asked = {
    name: 'delegate',
    address: { url: 'https://vending.example', audience: 'https://vending.example/v1/token' },
    targets: [],
    email: 'vm@acme.iam.gserviceaccount.com',
  };
  const answer = (status: number, body: string, type = 'application/json') => ({
    status,
    body,
    header: (name: string) => (name === 'content-type' ? type : undefined),
  });

  it.each<[number, 'ok' | 'failed', string]>([
    [401, 'failed', 'does not take a token for this URL'],
    [403, 'failed', 'vm@acme.iam.gserviceaccount.com may not invoke it'],
    [429, 'failed', 'busy or down'],
    [503, 'failed', 'busy or down'],
    [200, 'failed', 'answers 200'],
    [302, 'failed', 'answers 302'],
  ])('with %i in HTML: the edge has %s', (status, is, words) => {
    const check = edgeCheck(answer(status, '<html>', 'text/html'), asked);
    expect(check).toMatchObject({ layer: 'edge', is });
    expect(check.found).toContain(words);
    expect(check.mend).not.toEqual([]);
  });

  it.each<[number, string, string]>([
    [200, '{"decisions":[]}', 'ok'],
    [404, '{"error":"invalid_request"}', 'skipped'],
    [400, '{"error":"invalid_request"}', 'failed'],
    [503, '{"error":"temporarily_unavailable"}', 'failed'],
    [500, '{"error":"<script>"}', 'failed'],
  ])('with %i and %s: the edge is ok, the audience %s', (status, body, is) => {
    expect(edgeCheck(answer(status, body), asked).is).toBe('ok');
    const check = audienceCheck(answer(status, body), asked);
    expect(check.is).toBe(is);
    expect(check.found).not.toContain('<');
  });
});

it.each([
  ['https://vending-delegate-abc123xyz9-uc.a.run.app', { name: 'vending-delegate', region: 'REGION' }],
  [
    'https://vending-delegate-123456789012.us-central1.run.app',
    { name: 'vending-delegate', region: 'us-central1' },
  ],
  ['https://tokens.example.com', { name: 'FUNCTION', region: 'REGION' }],
])('takes %s for %j', (url, service) => {
  expect(serviceOf(url)).toEqual(service);
});

it('reads what gcloud writes', () => {
  const text = '[core]\naccount = ann@example.com\n# x = y\n\n[auth]\nimpersonate_service_account: a@b\n';
  expect(propertiesIn(text)).toEqual([
    { name: 'core/account', value: 'ann@example.com' },
    { name: 'auth/impersonate_service_account', value: 'a@b' },
  ]);
});

it('reads a listing of accounts', () => {
  expect(accountsIn('default/\na@b.example/\n\nc@d.example/\n')).toEqual(['a@b.example', 'c@d.example']);
});
