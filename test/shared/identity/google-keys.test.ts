import { describe, expect, it } from 'vitest';
import { Fault } from '../../../shared/fault.ts';
import { createGoogleKeys, type GoogleKeys, type KeySet } from '../../../shared/identity/google-keys.ts';
import { Refusal } from '../../../shared/refusal.ts';
import { createClock, HOUR, SECOND, type Clock } from '../../support/domain/clock.ts';
import { callContext } from '../../support/domain/contexts.ts';

const UNKNOWN = new Refusal('token_key_unknown');
const DOWN = new Error('connect ECONNREFUSED');
const UNAVAILABLE = new Fault('keys_unavailable', {
  detail: 'the key set at TOKEN_VENDING_JWKS_URL could not be fetched',
  cause: DOWN,
});

interface Google {
  /** Ids of the keys that are published. */
  published: readonly string[];
  freshForMs: number;
  isDown: boolean;
  /** So many times the keys were asked for. */
  fetches: number;
  /** What an answer waits for. */
  until: Promise<unknown>;
}

function setUp(): { google: Google; clock: Clock; keys: GoogleKeys; find: (kid: string) => Promise<string> } {
  const clock = createClock();
  const google: Google = {
    published: ['old', 'new'],
    freshForMs: 5 * HOUR,
    isDown: false,
    fetches: 0,
    until: Promise.resolve(),
  };
  const fetchKeySet = async (): Promise<KeySet> => {
    google.fetches += 1;
    await google.until;
    if (google.isDown) throw DOWN;
    const keys = google.published.map(
      (kid) => [kid, { kty: 'RSA', alg: 'RS256', kid, n: '', e: '' }] as const,
    );
    return { keys: new Map(keys), freshForMs: google.freshForMs };
  };
  const keys = createGoogleKeys({ fetchKeySet, nowMs: clock.nowMs });
  return { google, clock, keys, find: async (kid) => (await keys.find(kid, callContext())).kid };
}

/** Looks for keys that Google never had, all at once. */
async function flood(
  find: (kid: string) => Promise<string>,
  invented: number,
): Promise<PromiseSettledResult<string>[]> {
  return Promise.allSettled(Array.from({ length: invented }, (_, index) => find(`invented-${index}`)));
}

function isRefusedAsUnknown(outcome: PromiseSettledResult<string>): boolean {
  return (
    outcome.status === 'rejected' &&
    outcome.reason instanceof Refusal &&
    outcome.reason.reason === 'token_key_unknown'
  );
}

describe('the keys', () => {
  it('are fetched when the first is wanted, and found by id', async () => {
    const { google, find } = setUp();
    expect(google.fetches).toBe(0);
    expect(await find('old')).toBe('old');
    expect(await find('new')).toBe('new');
    expect(google.fetches).toBe(1);
  });

  it('are kept for as long as they are fresh, and fetched again then', async () => {
    const { google, clock, find } = setUp();
    await find('old');
    clock.advance(5 * HOUR - 1);
    await find('old');
    expect(google.fetches).toBe(1);
    clock.advance(1);
    await find('old');
    expect(google.fetches).toBe(2);
  });

  it('are fetched once for any number of exchanges that wait for them', async () => {
    const { google, find } = setUp();
    await Promise.all(Array.from({ length: 100 }, () => find('new')));
    expect(google.fetches).toBe(1);
  });

  it('can be fetched ahead of the first exchange', async () => {
    const { google, keys, find } = setUp();
    keys.warm();
    expect(google.fetches).toBe(1);
    await find('old');
    expect(google.fetches).toBe(1);
  });

  it('say how long they were waited for, and nothing where they were at hand', async () => {
    const { keys } = setUp();
    const [first, second] = [callContext(), callContext()];
    await keys.find('old', first);
    await keys.find('old', second);
    expect(first.upstreamMs.keys).toBeGreaterThan(0);
    expect(second.upstreamMs).toEqual({});
  });
});

describe('rotation', () => {
  it('is noticed by a token of the new key', async () => {
    const { google, clock, find } = setUp();
    await find('new');
    google.published = ['new', 'newest'];
    clock.advance(30 * SECOND);
    expect(await find('newest')).toBe('newest');
    expect(google.fetches).toBe(2);
  });

  it('drops the key that Google has retired', async () => {
    const { google, clock, find } = setUp();
    await find('old');
    google.published = ['new', 'newest'];
    clock.advance(30 * SECOND);
    await find('newest');
    await expect(find('old')).rejects.toThrow(UNKNOWN);
  });
});

describe('an unknown key id', () => {
  it('is refused without a fetch for 30 s after one', async () => {
    const { google, clock, find } = setUp();
    await find('old');
    clock.advance(30 * SECOND - 1);
    await expect(find('invented')).rejects.toThrow(UNKNOWN);
    expect(google.fetches).toBe(1);
    clock.advance(1);
    await expect(find('invented')).rejects.toThrow(UNKNOWN);
    expect(google.fetches).toBe(2);
  });

  it('is refused by the set that was fetched for it, which is not fetched twice', async () => {
    const { google, find } = setUp();
    await expect(find('invented')).rejects.toThrow(UNKNOWN);
    expect(google.fetches).toBe(1);
  });

  it.each(['__proto__', 'constructor', ''])('is not found by the name %o', async (kid) => {
    const { find } = setUp();
    await expect(find(kid)).rejects.toThrow(UNKNOWN);
  });

  it('costs Google one fetch, even ten thousand of them', async () => {
    const { google, clock, find } = setUp();
    await find('old');
    clock.advance(30 * SECOND);
    const outcomes = await flood(find, 10_000);
    expect(outcomes.filter(isRefusedAsUnknown)).toHaveLength(10_000);
    expect(google.fetches).toBe(2);
  });

  it('costs Google one fetch in 30 s, however they are spread', async () => {
    const { google, clock, find } = setUp();
    await find('old');
    for (let second = 0; second < 120; second += 1) {
      clock.advance(SECOND);
      await flood(find, 10);
    }
    expect(google.fetches).toBe(1 + 4);
  });

  it('is a fault, not a refusal, while the set cannot be fetched', async () => {
    const { google, clock, find } = setUp();
    await find('old');
    google.isDown = true;
    clock.advance(30 * SECOND);
    await expect(find('newest')).rejects.toThrow(UNAVAILABLE);
    await expect(find('newest')).rejects.toThrow(UNAVAILABLE);
    expect(google.fetches).toBe(2);
  });

  it('is a fault just after a fetch, too, where the next has failed', async () => {
    const { google, clock, find } = setUp();
    google.freshForMs = 10 * SECOND;
    await find('old');
    google.isDown = true;
    clock.advance(10 * SECOND);
    expect(await find('old')).toBe('old');
    await expect(find('newest')).rejects.toThrow(UNAVAILABLE);
  });

  it('does not disturb the known ones while the set cannot be fetched', async () => {
    const { google, clock, find } = setUp();
    await find('old');
    google.isDown = true;
    clock.advance(30 * SECOND);
    await expect(find('newest')).rejects.toThrow(UNAVAILABLE);
    expect(await find('old')).toBe('old');
  });

  it('is looked up again as soon as Google is back', async () => {
    const { google, clock, find } = setUp();
    await find('old');
    google.isDown = true;
    clock.advance(30 * SECOND);
    await expect(find('newest')).rejects.toThrow(UNAVAILABLE);
    google.isDown = false;
    google.published = ['new', 'newest'];
    clock.advance(SECOND);
    expect(await find('newest')).toBe('newest');
  });
});

describe('while Google cannot be reached', () => {
  it('the keys are served for six hours past their freshness, and no longer', async () => {
    const { google, clock, find } = setUp();
    await find('old');
    google.isDown = true;
    clock.advance(5 * HOUR + 6 * HOUR - 1);
    expect(await find('old')).toBe('old');
    clock.advance(1);
    await expect(find('old')).rejects.toThrow(UNAVAILABLE);
  });

  it('stale keys are served without waiting for the next try', async () => {
    const { google, clock, find } = setUp();
    await find('old');
    google.isDown = true;
    clock.advance(5 * HOUR);
    await find('old');
    clock.advance(SECOND);
    google.until = new Promise(() => undefined);
    expect(await find('old')).toBe('old');
    expect(google.fetches).toBe(3);
  });

  it('stale keys are replaced when Google is back', async () => {
    const { google, clock, find } = setUp();
    await find('old');
    google.isDown = true;
    clock.advance(5 * HOUR);
    await find('old');
    google.isDown = false;
    google.published = ['new', 'newest'];
    clock.advance(SECOND);
    expect(await find('newest')).toBe('newest');
    await expect(find('old')).rejects.toThrow(UNKNOWN);
  });

  it('an exchange that has no keys fails with what went wrong', async () => {
    const { google, find } = setUp();
    google.isDown = true;
    await expect(find('old')).rejects.toThrow(UNAVAILABLE);
  });

  it('the next try comes after 1, 2, 4, 8, 16 and then every 30 seconds', async () => {
    const { google, clock, find } = setUp();
    google.isDown = true;
    const triedAt: number[] = [];
    for (let second = 0; second <= 95; second += 1) {
      const before = google.fetches;
      await expect(find('old')).rejects.toThrow(UNAVAILABLE);
      if (google.fetches > before) triedAt.push(second);
      clock.advance(SECOND);
    }
    expect(triedAt).toEqual([0, 1, 3, 7, 15, 31, 61, 91]);
  });

  it('a success starts the delays anew', async () => {
    const { google, clock, find } = setUp();
    google.isDown = true;
    for (let tries = 0; tries < 5; tries += 1) {
      await expect(find('old')).rejects.toThrow(UNAVAILABLE);
      clock.advance(30 * SECOND);
    }
    google.isDown = false;
    await find('old');
    google.isDown = true;
    clock.advance(30 * SECOND);
    await expect(find('newest')).rejects.toThrow(UNAVAILABLE);
    const failed = google.fetches;
    clock.advance(SECOND);
    await expect(find('newest')).rejects.toThrow(UNAVAILABLE);
    expect(google.fetches).toBe(failed + 1);
  });

  it('a failed warm-up is left for the first exchange to meet', async () => {
    const { google, clock, keys, find } = setUp();
    google.isDown = true;
    keys.warm();
    await expect(find('old')).rejects.toThrow(UNAVAILABLE);
    google.isDown = false;
    clock.advance(SECOND);
    expect(await find('old')).toBe('old');
  });
});

describe('an exchange whose time is up', () => {
  it('stops waiting for the keys, which are fetched for the next one all the same', async () => {
    const { google, keys, find } = setUp();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    google.until = promise;
    const controller = new AbortController();
    const waiting = keys.find('old', callContext(controller.signal));
    const spent = new Fault('deadline_exceeded');
    controller.abort(spent);
    await expect(waiting).rejects.toBe(spent);
    const next = find('old');
    resolve(undefined);
    expect(await next).toBe('old');
    expect(google.fetches).toBe(1);
  });
});

describe('a clock that was set back by a day', () => {
  it('does not stop the search for a new key', async () => {
    const { google, clock, find } = setUp();
    await find('old');
    clock.advance(-24 * HOUR);
    google.published = ['new', 'newest'];
    clock.advance(30 * SECOND);
    expect(await find('newest')).toBe('newest');
  });

  it('does not stop the tries to reach Google', async () => {
    const { google, clock, find } = setUp();
    google.isDown = true;
    await expect(find('old')).rejects.toThrow(UNAVAILABLE);
    clock.advance(-24 * HOUR);
    google.isDown = false;
    clock.advance(30 * SECOND);
    expect(await find('old')).toBe('old');
  });

  it('does not keep the keys for a day longer', async () => {
    const { google, clock, find } = setUp();
    await find('old');
    clock.advance(-24 * HOUR);
    google.published = ['new', 'newest'];
    clock.advance(5 * HOUR);
    await expect(find('old')).rejects.toThrow(UNKNOWN);
  });
});
