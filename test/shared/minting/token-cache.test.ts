import { beforeAll, describe, expect, it } from 'vitest';
import { Fault } from '../../../shared/fault.ts';
import type {
  AuthorizedAccessToken,
  AuthorizedDelegation,
  AuthorizedGrant,
  AuthorizedIdToken,
} from '../../../shared/grants/authorized-grant.ts';
import type { Mint, MintedToken } from '../../../shared/minting/minted-token.ts';
import { createTokenCache } from '../../../shared/minting/token-cache.ts';
import { AccessToken } from '../../../shared/tokens.ts';
import {
  authorizedAccessToken,
  authorizedDelegation,
  authorizedIdToken,
} from '../../support/domain/authorized.ts';
import { createClock, HOUR, MINUTE, SECOND } from '../../support/domain/clock.ts';
import { callContext } from '../../support/domain/contexts.ts';
import { BIGQUERY, DRIVE, STORAGE } from '../../support/domain/questions.ts';

const SPENT = new Fault('deadline_exceeded', { detail: 'the budget of the exchange was spent' });

let access: AuthorizedAccessToken;
let id: AuthorizedIdToken;
let delegation: AuthorizedDelegation;
beforeAll(async () => {
  access = await authorizedAccessToken();
  id = await authorizedIdToken();
  delegation = await authorizedDelegation();
});

interface Options {
  readonly livesForMs?: number;
  readonly budgetMs?: number;
  readonly maxTokens?: number;
  readonly mint?: Mint<AuthorizedGrant>;
}

/** A cache over a mint that counts, and whose every token is another. */
function setUp({ livesForMs = HOUR, mint, budgetMs = 10_000, maxTokens }: Options = {}) {
  const clock = createClock();
  const minted: AuthorizedGrant[] = [];
  const counting: Mint<AuthorizedGrant> = async (grant, context) => {
    minted.push(grant);
    const token = new AccessToken(`ya29.${minted.length}`);
    return mint === undefined ? { token, expiresAtMs: clock.nowMs() + livesForMs } : mint(grant, context);
  };
  const cache = createTokenCache({
    mint: counting,
    budgetMs,
    nowMs: clock.nowMs,
    ...(maxTokens !== undefined && { maxTokens }),
  });
  const take = async (grant: AuthorizedGrant) => (await cache(grant, callContext())).token.reveal();
  return { clock, minted, cache, take };
}

describe('a minted token', () => {
  it('is minted once for two hundred exchanges that ask at the same moment', async () => {
    const { minted, cache } = setUp();
    const answers = await Promise.all(Array.from({ length: 200 }, () => cache(access, callContext())));
    expect(minted).toHaveLength(1);
    expect(new Set(answers.map(({ token }) => token)).size).toBe(1);
    expect(answers.filter(({ reused }) => !reused)).toHaveLength(1);
  });

  it('says whether it was minted for this exchange, and when it expires', async () => {
    const { clock, cache } = setUp();
    const expiresAtMs = clock.nowMs() + HOUR;
    expect(await cache(access, callContext())).toMatchObject({ reused: false, expiresAtMs });
    clock.advance(MINUTE);
    expect(await cache(access, callContext())).toMatchObject({ reused: true, expiresAtMs });
  });

  it.each([
    { life: 'an hour', livesForMs: HOUR, reusedForMs: 300 * SECOND },
    { life: 'twelve hours', livesForMs: 12 * HOUR, reusedForMs: 300 * SECOND },
    { life: 'twenty minutes', livesForMs: 20 * MINUTE, reusedForMs: 300 * SECOND },
    { life: 'a minute', livesForMs: MINUTE, reusedForMs: 15 * SECOND },
    { life: 'two seconds', livesForMs: 2 * SECOND, reusedForMs: 500 },
    { life: 'little more than a second', livesForMs: 1_001, reusedForMs: 1 },
  ])('of $life is reused for $reusedForMs ms and no longer', async ({ livesForMs, reusedForMs }) => {
    const { clock, take } = setUp({ livesForMs });
    await take(access);
    clock.advance(reusedForMs - 1);
    expect(await take(access)).toBe('ya29.1');
    clock.advance(1);
    expect(await take(access)).toBe('ya29.2');
  });

  it('tells the one who waited for it what was spent where', async () => {
    const { cache } = setUp({
      mint: async (_grant, { upstreamMs }) => {
        upstreamMs.iam = 7;
        return { token: new AccessToken('x'), expiresAtMs: Infinity };
      },
    });
    const [first, second] = [callContext(), callContext()];
    await cache(access, first);
    await cache(access, second);
    expect(first.upstreamMs).toEqual({ iam: 7 });
    expect(second.upstreamMs).toEqual({});
  });
});

describe('a token is never reused for another', () => {
  const others = {
    target: () => authorizedAccessToken({ target: 'other@acme-data.iam.gserviceaccount.com' }),
    scopes: () => authorizedAccessToken({ grant: { scopes: [BIGQUERY] } }),
    'more scopes': () => authorizedAccessToken({ grant: { scopes: [STORAGE, BIGQUERY] } }),
    lifetime: () => authorizedAccessToken({ grant: { lifetimeSeconds: 900 } }),
    delegates: () => authorizedAccessToken({ grant: { delegates: ['a@acme.iam.gserviceaccount.com'] } }),
    type: () => authorizedIdToken(),
    user: () => authorizedDelegation(),
  };
  it.each(Object.entries(others))('%s than that of the access token', async (_what, other) => {
    const { take } = setUp();
    await take(access);
    expect(await take(await other())).toBe('ya29.2');
  });

  const otherIdTokens = {
    target: () => authorizedIdToken({ target: 'other@acme-data.iam.gserviceaccount.com' }),
    audience: () => authorizedIdToken({ audience: 'https://other.example' }),
    delegates: () => authorizedIdToken({ grant: { delegates: ['a@acme.iam.gserviceaccount.com'] } }),
  };
  it.each(Object.entries(otherIdTokens))('%s than that of the ID token', async (_what, other) => {
    const { take } = setUp();
    await take(id);
    expect(await take(await other())).toBe('ya29.2');
  });

  const otherDelegations = {
    user: () => authorizedDelegation({ target: 'bob@example.com' }),
    scopes: () => authorizedDelegation({ grant: { scopes: [DRIVE, BIGQUERY] } }),
    signer: () => authorizedDelegation({ grant: { signer: 'other@acme-vending.iam.gserviceaccount.com' } }),
  };
  it.each(Object.entries(otherDelegations))('%s than that of the delegation', async (_what, other) => {
    const { take } = setUp();
    await take(delegation);
    expect(await take(await other())).toBe('ya29.2');
  });

  it('chain of delegates than in the same order', async () => {
    const chain = ['a@acme.iam.gserviceaccount.com', 'b@acme.iam.gserviceaccount.com'];
    const { take } = setUp();
    await take(await authorizedAccessToken({ grant: { delegates: chain } }));
    expect(await take(await authorizedAccessToken({ grant: { delegates: chain.toReversed() } }))).toBe(
      'ya29.2',
    );
  });
});

describe('a token is the same', () => {
  it('whatever the order of its scopes, which are left as they were', async () => {
    const { take } = setUp();
    const forwards = await authorizedAccessToken({ grant: { scopes: [STORAGE, BIGQUERY] } });
    await take(forwards);
    expect(await take(await authorizedAccessToken({ grant: { scopes: [BIGQUERY, STORAGE] } }))).toBe(
      'ya29.1',
    );
    expect(forwards.scopes).toEqual([STORAGE, BIGQUERY]);
  });

  it('whichever document granted it', async () => {
    const { take } = setUp();
    await take(access);
    expect(await take({ ...access, grantPath: 'principals/instance:1:2' })).toBe('ya29.1');
  });
});

describe('a mint that fails', () => {
  const failure = new Fault('iam_denied');

  it('fails for all who wait for it, and is tried again for the next', async () => {
    let isBroken = true;
    const { minted, take } = setUp({
      mint: async () => {
        if (isBroken) throw failure;
        return { token: new AccessToken('good'), expiresAtMs: Infinity };
      },
    });
    const rejected = { status: 'rejected', reason: failure };
    expect(await Promise.allSettled([take(access), take(access)])).toEqual([rejected, rejected]);
    expect(minted).toHaveLength(1);
    isBroken = false;
    expect(await take(access)).toBe('good');
  });

  it.each([
    { what: 'has expired already', livesForMs: -1 },
    { what: 'expires now', livesForMs: 0 },
    { what: 'expires in less than a second', livesForMs: 999 },
  ])('because its token $what is a fault, and the token is not kept', async ({ livesForMs }) => {
    const { minted, take } = setUp({ livesForMs });
    const fault = new Fault('minted_token_expired', {
      detail: 'Google gave a token that has expired; check this clock',
    });
    await expect(take(access)).rejects.toThrow(fault);
    await expect(take(access)).rejects.toThrow(fault);
    expect(minted).toHaveLength(2);
  });
});

describe('a deadline', () => {
  it('of the first exchange does not fail those who wait for the same token', async () => {
    const { promise, resolve } = Promise.withResolvers<MintedToken>();
    const { minted, cache } = setUp({ mint: () => promise });
    const controller = new AbortController();
    const first = cache(access, callContext(controller.signal));
    const second = cache(access, callContext());
    controller.abort(SPENT);
    await expect(first).rejects.toBe(SPENT);
    resolve({ token: new AccessToken('late'), expiresAtMs: Infinity });
    expect(await second).toMatchObject({ reused: true });
    expect(minted).toHaveLength(1);
  });

  it('of an exchange leaves the token to the next one', async () => {
    const { promise, resolve } = Promise.withResolvers<MintedToken>();
    const { minted, cache, take } = setUp({ mint: () => promise });
    await expect(cache(access, callContext(AbortSignal.abort(SPENT)))).rejects.toBe(SPENT);
    resolve({ token: new AccessToken('late'), expiresAtMs: Infinity });
    expect(await take(access)).toBe('late');
    expect(minted).toHaveLength(1);
  });

  it('of its own ends a mint that hangs, for all who wait', async () => {
    const { cache } = setUp({
      budgetMs: 5,
      mint: (_grant, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Fault));
        }),
    });
    const waiting = [cache(access, callContext()), cache(access, callContext())];
    for (const one of waiting) await expect(one).rejects.toThrow(SPENT);
  });
});

describe('the cache', () => {
  it('makes room by forgetting the oldest token', async () => {
    const { take } = setUp({ maxTokens: 2 });
    for (const grant of [access, id, delegation]) await take(grant);
    expect(await take(id)).toBe('ya29.2');
    expect(await take(delegation)).toBe('ya29.3');
    expect(await take(access)).toBe('ya29.4');
  });

  it('holds 4096 tokens', async () => {
    const { take } = setUp();
    const grant = (index: number): AuthorizedIdToken => ({ ...id, audience: `https://${index}.example` });
    for (let index = 1; index <= 4097; index += 1) await take(grant(index));
    expect(await take(grant(2))).toBe('ya29.2');
    expect(await take(grant(1))).toBe('ya29.4098');
  });
});
