import { describe, expect, it } from 'vitest';
import type { Answer } from '../../probe/ask.ts';
import { judge } from '../../probe/judge.ts';
import type { Expected } from '../../probe/probes.ts';
import type { Used } from '../../probe/use-token.ts';
import { AccessToken } from '../../shared/tokens.ts';

const token = new AccessToken('ya29.secret');
const vended: Answer = { status: 200, token };
const refusedTarget: Answer = { status: 400, error: 'invalid_target' };
const refusedRequest: Answer = { status: 400, error: 'invalid_request' };
const useful: Used = { allowed: 200, forbidden: 403 };

const result = (expected: Expected, answer: Answer, used?: Used) => judge(expected, answer, used).result;

describe('what the prober may have', () => {
  it('is as it should be where the token reads its object, and nothing else', () => {
    expect(result('token', vended, useful)).toBe('as_expected');
  });

  it.each([
    ['there is no token', refusedTarget, undefined],
    ['the function is down', { status: 503, error: 'temporarily_unavailable' }, undefined],
    ['the token is not used', vended, undefined],
    ['the token does not read its object', vended, { allowed: 403, forbidden: 403 }],
    ['nobody says whether the token does more', vended, { allowed: 200, forbidden: 500 }],
  ])('is broken where %s', (_, answer, used) => {
    expect(result('token', answer, used)).toBe('broken');
  });

  it('is too open where the token does more, even where it does not do what it should', () => {
    expect(result('token', vended, { allowed: 200, forbidden: 200 })).toBe('too_open');
    expect(result('token', vended, { allowed: 404, forbidden: 200 })).toBe('too_open');
  });
});

describe('what the prober may not have', () => {
  it('is as it should be where it is refused in the right words', () => {
    expect(result('invalid_target', refusedTarget)).toBe('as_expected');
    expect(result('invalid_request', refusedRequest)).toBe('as_expected');
    expect(result('edge', { status: 401 })).toBe('as_expected');
    expect(result('edge', { status: 403 })).toBe('as_expected');
  });

  it.each(['invalid_target', 'invalid_request', 'edge'] as const)(
    'is too open where a token comes in the place of %s, whatever is said with it',
    (expected) => {
      expect(result(expected, vended)).toBe('too_open');
      expect(result(expected, { status: 400, error: 'invalid_target', token })).toBe('too_open');
      expect(result(expected, { status: 200 })).toBe('too_open');
    },
  );

  it('is too open where the function answers whom the platform should have stopped', () => {
    expect(result('edge', refusedRequest)).toBe('too_open');
    expect(result('edge', { status: 401, error: 'invalid_request' })).toBe('too_open');
  });

  it.each([
    ['invalid_target', refusedRequest],
    ['invalid_request', refusedTarget],
    ['invalid_target', { status: 403 }],
    ['invalid_target', { status: 500, error: 'invalid_target' }],
    ['edge', { status: 404 }],
    ['edge', { status: 503 }],
  ] as const)('is broken where %s was due and %o comes', (expected, answer) => {
    expect(result(expected, answer)).toBe('broken');
  });
});

it('quotes words of the protocol alone, and never a token', () => {
  const { sentence } = judge('invalid_target', { status: 400, error: 'ya29.secret\nforged: line' });
  expect(sentence).toBe('400 invalid_target was due, and there came 400 with an unknown error');
  expect(judge('invalid_target', vended).sentence).not.toContain('ya29');
});
