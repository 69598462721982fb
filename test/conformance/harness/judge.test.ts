import { describe, expect, it } from 'vitest';
import { problemsOf, type Promised } from './judge.ts';
import { redacted, tokensOf, type Bearer, type Observation } from './observation.ts';

const saw = (...bearers: Bearer[]) => bearers.map((bearer) => ({ request: 'GET /storage/v1/b', bearer }));

const RAN: Observation = {
  code: 0,
  stdout: 'letters.csv',
  stderr: '',
  requests: saw('vended'),
  printed: [],
  printsEmail: false,
  printsVmEmail: false,
};

const WORKS: Promised = { proof: 'api', prints: 'letters.csv', outcome: 'works' };
const FAILS: Promised = {
  proof: 'api',
  outcome: { reason: 'knows nothing', seen: { says: /unknown variant/ } },
};
const FAILED: Observation = { ...RAN, code: 1, stdout: '', stderr: 'unknown variant', requests: [] };

describe('a client that works', () => {
  it('shows a vended token to an API and nobody else’s', () => {
    expect(problemsOf(WORKS, RAN)).toEqual([]);
    // a discovery document needs no token
    expect(problemsOf(WORKS, { ...RAN, requests: saw('none', 'vended') })).toEqual([]);
  });

  it.each<[string, Partial<Observation>]>([
    ['does not end with 0', { code: 1 }],
    ['does not end with 0', { code: 'timeout' }],
    ['does not print letters.csv', { stdout: '' }],
    ['no API saw a vended token', { requests: [] }],
    ['no API saw a vended token', { requests: saw('none') }],
    ['acts as the VM', { requests: saw('vended', 'the VM’s') }],
    ['has a token that nobody vended', { requests: saw('vended', 'foreign') }],
  ])('%s: that is seen', (problem, observed) => {
    expect(problemsOf(WORKS, { ...RAN, ...observed })).toEqual([problem]);
  });

  it('prints the token or the account where that is its proof', () => {
    const token: Promised = { proof: 'printed token', outcome: 'works' };
    const account: Promised = { proof: 'printed account', outcome: 'works' };
    const quiet = { ...RAN, requests: [] };
    expect(problemsOf(token, { ...quiet, printed: ['vended'] })).toEqual([]);
    expect(problemsOf(token, quiet)).toEqual(['prints no vended token']);
    expect(problemsOf(token, { ...quiet, printed: ['the VM’s'] })).toContain('acts as the VM');
    expect(problemsOf(account, { ...quiet, printsEmail: true })).toEqual([]);
    expect(problemsOf(account, { ...quiet, printsVmEmail: true })).toContain('acts as the VM');
  });
});

describe('a client that cannot work', () => {
  it('says why and shows nobody a token', () => {
    expect(problemsOf(FAILS, FAILED)).toEqual([]);
  });

  it.each<[string, Partial<Observation>]>([
    ['ends well', { code: 0 }],
    ['did not end', { code: 'timeout' }],
    ['shows a vended token', { requests: saw('vended') }],
    ['acts as the VM', { requests: saw('the VM’s') }],
    ['does not say /unknown variant/', { stderr: 'something else' }],
  ])('%s: that is seen', (problem, observed) => {
    expect(problemsOf(FAILS, { ...FAILED, ...observed })).toEqual([problem]);
  });

  it('acts as the VM or anonymously only where its row says so', () => {
    const asVm: Promised = { proof: 'api', outcome: { reason: 'reads no file', seen: 'acts as the VM' } };
    const anonymous: Promised = { proof: 'api', outcome: { reason: 'takes none', seen: 'acts anonymously' } };
    expect(problemsOf(asVm, { ...RAN, requests: saw('the VM’s') })).toEqual([]);
    expect(problemsOf(asVm, RAN)).toEqual(['shows a vended token', 'does not act as the VM']);
    expect(problemsOf(anonymous, { ...RAN, requests: saw('none') })).toEqual([]);
    expect(problemsOf(anonymous, { ...RAN, requests: saw('none', 'the VM’s') })).toEqual(['sends a token']);
    expect(problemsOf(anonymous, { ...RAN, requests: [] })).toEqual(['sends no anonymous request']);
  });
});

describe('tokens in an output', () => {
  const access = `ya29.c.${'x'.repeat(60)}`;
  const identity = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';

  it('are those that stand on a line of their own', () => {
    expect(tokensOf(`${access}\n  ${identity}\nnot ${access}\n`)).toEqual([access, identity]);
  });

  it('are in no message', () => {
    expect(redacted(`Bearer ${access}, id_token=${identity}`)).toBe('Bearer <token>, id_token=<token>');
  });
});
