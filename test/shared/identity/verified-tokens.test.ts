import { beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '../../../shared/identity/principal.ts';
import { createVerifiedTokens } from '../../../shared/identity/verified-tokens.ts';
import { verifiedWorker } from '../../support/domain/callers.ts';

let worker: Principal;
let other: Principal;
beforeAll(async () => {
  worker = await verifiedWorker();
  other = await verifiedWorker({ id: '1' });
});

describe('verified tokens', () => {
  it('are found by their hash', () => {
    const tokens = createVerifiedTokens();
    tokens.remember('a', worker, 100);
    tokens.remember('b', other, 100);
    expect(tokens.find('a', 50)).toBe(worker);
    expect(tokens.find('b', 50)).toBe(other);
  });

  it('are not found by any other', () => {
    const tokens = createVerifiedTokens();
    tokens.remember('a', worker, 100);
    expect(tokens.find('A', 50)).toBeUndefined();
    expect(tokens.find('', 50)).toBeUndefined();
    expect(tokens.find('__proto__', 50)).toBeUndefined();
  });

  it('are forgotten at the second of their expiry', () => {
    const tokens = createVerifiedTokens();
    tokens.remember('a', worker, 100);
    expect(tokens.find('a', 99)).toBe(worker);
    expect(tokens.find('a', 100)).toBeUndefined();
    expect(tokens.find('a', 99)).toBeUndefined();
  });

  it('make room by forgetting the oldest', () => {
    const tokens = createVerifiedTokens(2);
    for (const hash of ['a', 'b', 'c']) tokens.remember(hash, worker, 100);
    expect(tokens.find('a', 50)).toBeUndefined();
    expect(tokens.find('b', 50)).toBe(worker);
    expect(tokens.find('c', 50)).toBe(worker);
  });

  it('are 4096 at most', () => {
    const tokens = createVerifiedTokens();
    for (let index = 0; index <= 4096; index += 1) tokens.remember(String(index), worker, 100);
    expect(tokens.find('0', 50)).toBeUndefined();
    expect(tokens.find('1', 50)).toBe(worker);
  });
});
