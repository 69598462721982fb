import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../refresher/vending/outcome.ts';
import { IdToken } from '../../../shared/tokens.ts';
import { HOUR, MINUTE, SECOND } from '../../support/domain/clock.ts';
import { createAccountAtWork } from './account-at-work.ts';
import { ALICE_TARGET, DOWN, downFor, granted, REFUSED } from './scripted-function.ts';

const API = 'https://api.example.com';

/** An account whose first token has come. */
async function started(options?: Parameters<typeof createAccountAtWork>[0]) {
  const life = createAccountAtWork(options);
  life.account.start();
  await life.clock.pass(0);
  return life;
}

/** An exchange that a test ends when it likes. */
function withheld() {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  return { answer: () => promise, end: resolve };
}

describe('the first token', () => {
  it('is fetched before anybody asks', async () => {
    const { fn, seen } = await started();
    expect(fn.asked).toHaveLength(1);
    expect(seen()).toBe('ya29.1');
  });

  it('is not fetched before the start, nor twice when started twice', async () => {
    const { fn, account, clock } = createAccountAtWork();
    expect((await account.readAccessToken()).kind).toBe('unavailable');
    expect(fn.asked).toHaveLength(0);
    account.start();
    account.start();
    await clock.pass(0);
    expect(fn.asked).toHaveLength(1);
  });

  it('comes from one exchange for a hundred who ask at once, and all wait for it', async () => {
    const { fn, account, clock } = createAccountAtWork();
    const { answer, end } = withheld();
    fn.answer = answer;
    account.start();
    const readings = Promise.all(Array.from({ length: 100 }, () => account.readAccessToken()));
    await clock.pass(2 * SECOND);
    end(granted(1, 3_600));
    expect(new Set((await readings).map((reading) => reading.kind))).toEqual(new Set(['token']));
    expect(fn.asked).toHaveLength(1);
  });

  it('is waited for no longer than clients would, and then they are told to come again', async () => {
    const { fn, account, clock } = createAccountAtWork();
    fn.answer = withheld().answer;
    account.start();
    const reading = account.readAccessToken();
    await clock.pass(10 * SECOND);
    expect(await reading).toMatchObject({ kind: 'unavailable', retryAfterSeconds: 1 });
    expect(account.currentAccessToken()).toBeUndefined();
  });

  it('is not waited for once a try has failed', async () => {
    const { fn, account, clock, seen } = await started();
    expect(seen()).toBe('ya29.1');
    fn.answer = () => DOWN;
    await clock.pass(HOUR);
    fn.answer = withheld().answer;
    await clock.pass(MINUTE);
    expect(fn.inFlight().now).toBe(1);
    expect(await account.readAccessToken()).toMatchObject({ kind: 'unavailable', sentence: DOWN.sentence });
  });
});

describe('a refusal', () => {
  it('drops the token at once, however long it would have lived', async () => {
    const { fn, clock, seen, left, account } = await started();
    fn.answer = () => REFUSED;
    await clock.pass(20 * MINUTE);
    expect(seen()).toBe('refused');
    expect(left()).toBeNaN();
    expect(await account.readAccessToken()).toEqual({
      kind: 'refused',
      sentence: 'Ask whoever manages the grants.',
    });
  });

  it('is asked about again every minute or so, and a grant that is mended is noticed', async () => {
    const { account, fn, clock, seen } = createAccountAtWork();
    fn.answer = () => REFUSED;
    account.start();
    await clock.pass(10 * MINUTE);
    expect(fn.asked.length).toBeGreaterThanOrEqual(9);
    expect(fn.asked.length).toBeLessThanOrEqual(13);
    fn.answer = () => granted(7, 3_600);
    await clock.pass(70 * SECOND);
    expect(seen()).toBe('ya29.7');
  });

  it('stays one while the function cannot be asked', async () => {
    const { fn, clock, seen } = await started();
    fn.answer = () => REFUSED;
    await clock.pass(20 * MINUTE);
    fn.answer = () => DOWN;
    await clock.pass(10 * MINUTE);
    expect(seen()).toBe('refused');
  });

  it('is not waited for by those who read while it is asked about again', async () => {
    const { fn, clock, account } = await started();
    fn.answer = () => REFUSED;
    await clock.pass(20 * MINUTE);
    fn.answer = withheld().answer;
    await clock.pass(70 * SECOND);
    expect(fn.inFlight().now).toBe(1);
    expect((await account.readAccessToken()).kind).toBe('refused');
  });
});

describe('an outage', () => {
  it('leaves the token to be served to its last second, and not a moment longer', async () => {
    const { fn, clock, left, seen, account } = await started({ lifeSeconds: 900 });
    fn.answer = () => DOWN;
    await clock.pass(899 * SECOND);
    expect(left()).toBe(1);
    await clock.pass(1);
    expect(seen()).toBe('unavailable');
    expect(await account.readAccessToken()).toMatchObject({ kind: 'unavailable', sentence: DOWN.sentence });
  });

  it('is logged every time: as a warning while a token is valid, as an error after', async () => {
    const { fn, clock, lines } = await started({ lifeSeconds: 900 });
    fn.answer = () => DOWN;
    await clock.pass(20 * MINUTE);
    const severities = lines
      .filter(({ message }) => message === DOWN.sentence)
      .map(({ severity }) => severity);
    expect(severities.length).toBeGreaterThan(15);
    expect(severities).toEqual(severities.toSorted().toReversed());
    expect(new Set(severities)).toEqual(new Set(['WARNING', 'ERROR']));
  });

  it('is also what a throw is, an ID token that nobody asked for, and an exchange that never ends', async () => {
    const broken: (typeof life.fn.answer)[] = [
      () => Promise.reject(new Error('a bug')),
      () => granted(2, 3_600, API),
      (_request, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    ];
    const life = await started();
    for (const answer of broken) {
      life.fn.answer = answer;
      const before = life.fn.asked.length;
      await life.clock.pass(22 * MINUTE);
      expect(life.fn.asked.length - before).toBeGreaterThan(1);
      expect(life.seen()).toBe('ya29.1');
      life.fn.answer = () => granted(1, 3_600);
      await life.clock.pass(2 * MINUTE);
    }
    expect(JSON.stringify(life.lines)).not.toContain('a bug');
  });

  it('is tried again when the server said, and readers are told when', async () => {
    const { fn, clock, account } = createAccountAtWork();
    fn.answer = () => downFor(300);
    account.start();
    await clock.pass(299 * SECOND);
    expect(fn.asked).toHaveLength(1);
    expect(await account.readAccessToken()).toMatchObject({ kind: 'unavailable', retryAfterSeconds: 2 });
    await clock.pass(SECOND);
    expect(fn.asked).toHaveLength(2);
  });

  it('is over with the first success, and the next one starts from the smallest delay', async () => {
    const { fn, clock, seen, account } = createAccountAtWork();
    fn.answer = () => DOWN;
    account.start();
    await clock.pass(10 * MINUTE);
    fn.answer = () => granted(5, 700);
    await clock.pass(MINUTE);
    expect(seen()).toBe('ya29.5');
    fn.answer = () => DOWN;
    const before = fn.asked.length;
    await clock.pass(MINUTE + 4 * SECOND);
    expect(fn.asked.length - before).toBeGreaterThanOrEqual(2);
  });
});

describe('a clock that jumps', () => {
  it('back extends no life', async () => {
    const { fn, clock, left, seen } = await started();
    fn.answer = () => DOWN;
    clock.setWall(-2 * HOUR);
    expect(left()).toBe(3_600);
    await clock.pass(HOUR - SECOND);
    expect(left()).toBe(1);
    await clock.pass(SECOND);
    expect(seen()).toBe('unavailable');
  });

  it('back does not keep the token from being swapped in time', async () => {
    const { clock, seen } = await started();
    clock.setWall(-24 * HOUR);
    await clock.pass(21 * MINUTE);
    expect(seen()).toBe('ya29.2');
  });

  it('forward makes the token count as expired, and another is fetched at once', async () => {
    const { clock, account, fn } = await started();
    clock.setWall(2 * HOUR);
    const reading = await account.readAccessToken();
    expect(reading).toMatchObject({ kind: 'token', expiresInSeconds: 3_600 });
    expect(fn.asked).toHaveLength(2);
  });

  it('back, before a sleep of the same length, does not hide it', async () => {
    const { fn, clock, seen } = await started();
    fn.answer = () => DOWN;
    clock.setWall(-2 * HOUR);
    await clock.pass(10 * SECOND);
    clock.sleep(2 * HOUR);
    expect(seen()).toBe('unavailable');
  });
});

describe('a sleep', () => {
  it('is noticed by the first who asks afterwards: the dead token is not served, the new one is waited for', async () => {
    const { clock, account, fn, seen } = await started();
    clock.sleep(8 * HOUR);
    expect(seen()).toBe('unavailable');
    const reading = await account.readAccessToken();
    expect(reading).toMatchObject({ kind: 'token', expiresInSeconds: 3_600 });
    expect(fn.asked).toHaveLength(2);
  });

  it('is noticed within ten seconds although nobody asks', async () => {
    const { clock, seen } = await started();
    await clock.pass(MINUTE);
    clock.sleep(8 * HOUR);
    await clock.pass(10 * SECOND);
    expect(seen()).toBe('ya29.2');
  });

  it('that only makes the token due has it swapped in the background', async () => {
    const { clock, account, fn } = await started();
    clock.sleep(40 * MINUTE);
    expect(await account.readAccessToken()).toMatchObject({ kind: 'token', expiresInSeconds: 1_200 });
    await clock.pass(0);
    expect(fn.asked).toHaveLength(2);
    expect(await account.readAccessToken()).toMatchObject({ kind: 'token', expiresInSeconds: 3_600 });
  });

  it('in the middle of an exchange shortens the life that it brings', async () => {
    const { clock, account, fn, seen, left } = createAccountAtWork();
    const { answer, end } = withheld();
    fn.answer = answer;
    account.start();
    clock.sleep(50 * MINUTE);
    end(granted(1, 3_600));
    await clock.pass(0);
    expect([seen(), left()]).toEqual(['ya29.1', 600]);
  });

  it('does not wait for the end of a backoff', async () => {
    const { clock, account, fn } = createAccountAtWork();
    fn.answer = () => downFor(3_600);
    account.start();
    await clock.pass(MINUTE);
    clock.sleep(HOUR);
    fn.answer = () => granted(2, 3_600);
    expect((await account.readAccessToken()).kind).toBe('unavailable');
    await clock.pass(0);
    expect((await account.readAccessToken()).kind).toBe('token');
  });
});

describe('whoever follows an account', () => {
  it('is called for each token, refusal and loss, once, and not for time that passes', async () => {
    const { fn, clock, changes } = await started({ lifeSeconds: 900 });
    await clock.pass(260 * SECOND);
    expect(changes.map((reading) => reading?.kind)).toEqual(['token']);
    await clock.pass(100 * SECOND);
    fn.answer = () => DOWN;
    await clock.pass(HOUR);
    fn.answer = () => REFUSED;
    await clock.pass(HOUR);
    expect(changes.map((reading) => reading?.kind)).toEqual(['token', 'token', 'unavailable', 'refused']);
  });

  it('is called when the last token runs out, at that moment', async () => {
    const { fn, clock, changes } = await started({ lifeSeconds: 900 });
    fn.answer = () => DOWN;
    await clock.pass(899 * SECOND);
    expect(changes).toHaveLength(1);
    await clock.pass(1);
    expect(changes.at(-1)?.kind).toBe('unavailable');
  });

  it('is called no more once it has stopped listening', async () => {
    const { account, clock } = createAccountAtWork();
    let calls = 0;
    account.onChange(() => (calls += 1))();
    account.start();
    await clock.pass(HOUR);
    expect(calls).toBe(0);
  });
});

describe('the first reading', () => {
  const forEver = new AbortController().signal;

  it('starts the account and waits for its token', async () => {
    const { account } = createAccountAtWork();
    expect(await account.firstReading(forEver)).toMatchObject({ kind: 'token', expiresInSeconds: 3_600 });
  });

  it('is a refusal as soon as there is one', async () => {
    const { account, fn } = createAccountAtWork();
    fn.answer = () => REFUSED;
    expect(await account.firstReading(forEver)).toMatchObject({ kind: 'refused' });
  });

  it('sits through an outage', async () => {
    const { account, fn, clock } = createAccountAtWork();
    fn.answer = () => DOWN;
    const reading = account.firstReading(forEver);
    await clock.pass(30 * SECOND);
    fn.answer = () => granted(3, 3_600);
    await clock.pass(MINUTE);
    expect(await reading).toMatchObject({ kind: 'token' });
  });

  it('is why there is none when the time is over', async () => {
    const { account, fn, clock } = createAccountAtWork();
    const over = new AbortController();
    fn.answer = () => DOWN;
    const reading = account.firstReading(over.signal);
    await clock.pass(30 * SECOND);
    over.abort();
    expect(await reading).toMatchObject({ kind: 'unavailable', sentence: DOWN.sentence });
  });

  it('says so where nothing has answered at all, or the time was over before', async () => {
    const { account, fn } = createAccountAtWork();
    fn.answer = withheld().answer;
    expect(await account.firstReading(AbortSignal.abort())).toMatchObject({ kind: 'unavailable' });
  });
});

describe('an account that was stopped', () => {
  it('fetches nothing more, aborts what is under way, and leaves no timer behind', async () => {
    const { account, fn, clock } = createAccountAtWork();
    let reason: unknown;
    fn.answer = (_request, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          reject(signal.reason);
        });
      });
    account.start();
    await clock.pass(0);
    account.stop();
    await clock.pass(HOUR);
    expect(reason).toBeDefined();
    expect(fn.asked).toHaveLength(1);
    expect(clock.pending()).toBe(0);
    expect(await account.readIdToken(API)).toEqual({ kind: 'none' });
    expect(fn.asked).toHaveLength(1);
  });
});

describe('ID tokens', () => {
  it('are of the audience that is asked for', async () => {
    const { account, fn } = await started();
    const reading = await account.readIdToken(API);
    expect(reading.kind === 'token' && reading.token).toBeInstanceOf(IdToken);
    expect(fn.asked.at(-1)?.idTokenAudience).toBe(API);
  });

  it('do not exist for users, and the function is not asked', async () => {
    const { account, fn } = await started({ target: ALICE_TARGET });
    expect(await account.readIdToken(API)).toEqual({ kind: 'none' });
    expect(fn.asked).toHaveLength(1);
  });

  it('are none where the function takes longer than clients wait; the token is there for the next', async () => {
    const { account, fn, clock } = await started();
    const { answer, end } = withheld();
    fn.answer = answer;
    const reading = account.readIdToken(API);
    await clock.pass(10 * SECOND);
    expect(await reading).toEqual({ kind: 'none' });
    end(granted(2, 3_600, API));
    await clock.pass(0);
    expect((await account.readIdToken(API)).kind).toBe('token');
    expect(fn.asked).toHaveLength(2);
  });

  it('are asked for anew once the target is refused', async () => {
    const { account, fn, clock } = await started();
    expect((await account.readIdToken(API)).kind).toBe('token');
    fn.answer = () => REFUSED;
    await clock.pass(21 * MINUTE);
    expect(await account.readIdToken(API)).toEqual({ kind: 'none' });
  });

  it('that are refused leave the access token alone', async () => {
    const { account, fn, seen } = await started();
    fn.answer = () => REFUSED;
    expect(await account.readIdToken(API)).toEqual({ kind: 'none' });
    expect(seen()).toBe('ya29.1');
  });
});

it('no line of the log holds a token', async () => {
  const { account, fn, clock, lines } = await started();
  await account.readIdToken(API);
  for (const answer of [() => DOWN, () => REFUSED, fn.answer]) {
    fn.answer = answer;
    await clock.pass(HOUR);
    await account.readIdToken('https://other.example');
  }
  expect(lines.length).toBeGreaterThan(10);
  expect(JSON.stringify(lines)).not.toMatch(/ya29|e30\./);
});
