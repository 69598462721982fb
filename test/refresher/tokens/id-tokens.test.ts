import { describe, expect, it } from 'vitest';
import { createIdTokens } from '../../../refresher/tokens/id-tokens.ts';
import { createLifeTime } from '../../../refresher/tokens/remaining-life.ts';
import type { Outcome } from '../../../refresher/vending/outcome.ts';
import { HOUR, MINUTE, SECOND } from '../../support/domain/clock.ts';
import { createAcceleratedClock } from './accelerated-clock.ts';
import { DOWN, downFor, granted, REFUSED } from './scripted-function.ts';

const API = 'https://api.example.com';
const OTHER = 'https://other.example.com';

function setUp(lifeSeconds = 3_600) {
  const clock = createAcceleratedClock();
  const asked: string[] = [];
  const script = {
    answer: (audience: string): Outcome | Promise<Outcome> => granted(asked.length, lifeSeconds, audience),
  };
  const outcomes: string[] = [];
  const tokens = createIdTokens({
    nowMs: createLifeTime(clock),
    async exchange(audience) {
      asked.push(audience);
      return script.answer(audience);
    },
    onOutcome: (audience, { kind }) => outcomes.push(`${audience} ${kind}`),
  });
  /** The number of the exchange that the token came from; `none` where there is none. */
  async function read(audience = API): Promise<string> {
    const reading = await tokens.read(audience);
    return reading.kind === 'token' ? (reading.token.reveal().split('.')[2] ?? '') : reading.kind;
  }
  return { clock, asked, script, outcomes, tokens, read };
}

describe('an ID token', () => {
  it('is fetched when it is asked for, and reused until ten minutes before its end', async () => {
    const { clock, read, asked } = setUp();
    expect(asked).toEqual([]);
    expect(await read()).toBe('1');
    await clock.pass(50 * MINUTE - 1);
    expect(await read()).toBe('1');
    await clock.pass(1);
    expect(await read()).toBe('2');
  });

  it('is never given for another audience', async () => {
    const { read, tokens } = setUp();
    await read(API);
    const reading = await tokens.read(OTHER);
    const [, audience = ''] = reading.kind === 'token' ? reading.token.reveal().split('.') : [];
    expect(Buffer.from(audience, 'base64url').toString()).toBe(OTHER);
  });

  it.each(['__proto__', 'constructor', 'toString'])(
    'is fetched for an audience called %s',
    async (audience) => {
      const { read, asked } = setUp();
      expect(await read(audience)).toBe('1');
      expect(asked).toEqual([audience]);
    },
  );

  it('comes from one exchange for a hundred who ask at once', async () => {
    const { read, asked } = setUp();
    expect(new Set(await Promise.all(Array.from({ length: 100 }, () => read())))).toEqual(new Set(['1']));
    expect(asked).toHaveLength(1);
  });

  it('outlives an outage, and is not served once it has run out', async () => {
    const { clock, script, read } = setUp();
    await read();
    script.answer = () => DOWN;
    await clock.pass(55 * MINUTE);
    expect(await read()).toBe('1');
    await clock.pass(5 * MINUTE - SECOND);
    expect(await read()).toBe('1');
    await clock.pass(1);
    expect(await read()).toBe('none');
  });

  it('is not served after a sleep that it did not survive', async () => {
    const { clock, script, read } = setUp();
    await read();
    script.answer = () => DOWN;
    clock.sleep(HOUR);
    expect(await read()).toBe('none');
  });

  it('that lives for less than ten minutes is not fetched for each who asks', async () => {
    const { clock, read, asked } = setUp(300);
    for (let reads = 0; reads < 100; reads += 1) await read();
    expect(asked).toHaveLength(1);
    await clock.pass(10 * SECOND);
    expect(await read()).toBe('2');
  });

  it('is gone once it is refused', async () => {
    const { clock, script, read } = setUp();
    await read();
    script.answer = () => REFUSED;
    await clock.pass(51 * MINUTE);
    expect(await read()).toBe('none');
    script.answer = () => DOWN;
    await clock.pass(6 * MINUTE);
    expect(await read()).toBe('none');
  });
});

describe('a refusal', () => {
  it('is remembered for five minutes, for its audience alone', async () => {
    const { clock, script, read, asked } = setUp();
    script.answer = (audience) => (audience === API ? REFUSED : granted(9, 3_600, audience));
    expect(await read()).toBe('none');
    expect(await read(OTHER)).toBe('9');
    await clock.pass(5 * MINUTE - 1);
    expect(await read()).toBe('none');
    expect(asked).toEqual([API, OTHER]);
    await clock.pass(1);
    script.answer = (audience) => granted(10, 3_600, audience);
    expect(await read()).toBe('10');
  });

  it('is forgotten on request', async () => {
    const { script, read, tokens } = setUp();
    script.answer = () => REFUSED;
    await read();
    tokens.forget();
    script.answer = (audience) => granted(2, 3_600, audience);
    expect(await read()).toBe('2');
  });

  it('is doubted on request: the function is asked anew, and may say something else', async () => {
    const { script, read, tokens, clock } = setUp();
    expect(await read()).toBe('1');
    tokens.doubt();
    script.answer = (audience) => granted(2, 3_600, audience);
    expect(await read()).toBe('2');
    tokens.doubt();
    script.answer = () => REFUSED;
    expect(await read()).toBe('none');
    tokens.doubt();
    await clock.pass(1);
    script.answer = (audience) => granted(3, 3_600, audience);
    expect(await read()).toBe('3');
  });

  it('of a doubt is not known of a token while the function does not answer, so that this stays', async () => {
    const { asked, script, read, tokens } = setUp();
    await read();
    tokens.doubt();
    tokens.doubt();
    script.answer = () => DOWN;
    expect(await read()).toBe('1');
    expect(await read()).toBe('1');
    expect(asked).toHaveLength(2);
  });

  it('is asked about anew where the doubt came while it was under way', async () => {
    const { asked, script, read, tokens } = setUp();
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    script.answer = () => promise;
    const reading = read();
    tokens.doubt();
    resolve(granted(1, 3_600, API));
    expect(await reading).toBe('1');
    script.answer = () => REFUSED;
    expect(await read()).toBe('none');
    expect(asked).toHaveLength(2);
  });

  it('that is forgotten while it is under way is given to nobody', async () => {
    const { asked, script, tokens, read } = setUp();
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    script.answer = () => promise;
    const reading = read();
    tokens.forget();
    resolve(granted(1, 3_600, API));
    expect(await reading).toBe('none');
    script.answer = () => granted(2, 3_600, API);
    expect(await read()).toBe('2');
    expect(asked).toHaveLength(2);
  });
});

describe('an outage', () => {
  const outages: Record<string, () => Outcome | Promise<Outcome>> = {
    'an outage': () => DOWN,
    'an exchange that throws': () => Promise.reject(new Error('a bug')),
    'an access token': () => granted(1, 3_600),
  };
  it.each(Object.entries(outages))(
    '(%s) is none, and is not asked about for ten seconds',
    async (_what, answer) => {
      const { clock, script, read, asked, outcomes } = setUp();
      script.answer = answer;
      expect(await read()).toBe('none');
      await clock.pass(10 * SECOND - 1);
      expect(await read()).toBe('none');
      expect(asked).toHaveLength(1);
      await clock.pass(1);
      await read();
      expect(asked).toHaveLength(2);
      expect(outcomes).toHaveLength(2);
    },
  );

  it('is not asked about before the function says so', async () => {
    const { clock, script, read, asked } = setUp();
    script.answer = () => downFor(60);
    await read();
    await clock.pass(MINUTE - 1);
    await read();
    expect(asked).toHaveLength(1);
  });
});

describe('a workload that invents audiences', () => {
  it.each([
    { what: 'an empty one', audience: '' },
    { what: 'one longer than URLs get', audience: 'x'.repeat(2_049) },
  ])('gets nothing for $what, and nobody is asked', async ({ audience }) => {
    const { read, asked } = setUp();
    expect(await read(audience)).toBe('none');
    expect(asked).toEqual([]);
  });

  it('has 32 exchanges under way at most; the others get none, and are asked for later', async () => {
    const { script, read, asked } = setUp();
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    script.answer = () => promise;
    const reads = Promise.all(Array.from({ length: 1_000 }, (_, n) => read(`https://${n}.example`)));
    resolve(granted(1, 3_600, API));
    expect((await reads).filter((token) => token === '1')).toHaveLength(32);
    expect(asked).toHaveLength(32);
    expect(await read('https://999.example')).toBe('1');
  });

  it('makes the oldest be forgotten', async () => {
    const { read, asked } = setUp();
    for (let n = 0; n <= 1_000; n += 1) await read(`https://${n}.example`);
    await read('https://1.example');
    expect(asked).toHaveLength(1_001);
    await read('https://0.example');
    expect(asked).toHaveLength(1_002);
  });

  it('makes none be forgotten for one that is only renewed', async () => {
    const { clock, script, read } = setUp();
    for (let n = 0; n < 1_000; n += 1) await read(`https://${n}.example`);
    await clock.pass(51 * MINUTE);
    expect(await read('https://999.example')).toBe('1001');
    script.answer = () => DOWN;
    expect(await read('https://0.example')).toBe('1');
  });
});
