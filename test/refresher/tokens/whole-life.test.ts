import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../support/domain/clock.ts';
import { createAccountAtWork, type AccountAtWork } from './account-at-work.ts';
import { DOWN } from './scripted-function.ts';

const DAY_OF_WORK = 3 * HOUR;

interface Seen {
  readonly token: string;
  readonly expiresInSeconds: number;
  /** What the function knows to remain. */
  readonly trulySeconds: number;
}

/** Works for three hours, as a client that reads the token every five seconds; every reading has to be a token. */
async function work(
  life: AccountAtWork,
  outage: { from: number; to: number } = { from: 0, to: 0 },
): Promise<Seen[]> {
  const { clock, fn, account } = life;
  const grant = fn.answer;
  const endsAt = new Map<string, number>();
  const startedAt = clock.monotonicMs();
  fn.answer = async (request, signal) => {
    const at = clock.monotonicMs() - startedAt;
    if (at >= outage.from && at < outage.to) return DOWN;
    const outcome = await grant(request, signal);
    if (outcome.kind === 'granted') {
      endsAt.set(outcome.token.reveal(), clock.monotonicMs() + outcome.expiresInSeconds * SECOND);
    }
    return outcome;
  };
  account.start();
  await clock.pass(0);
  const all: Seen[] = [];
  while (clock.monotonicMs() - startedAt < DAY_OF_WORK) {
    const reading = await account.readAccessToken();
    if (reading.kind !== 'token')
      throw new Error(`${reading.kind} after ${clock.monotonicMs() - startedAt} ms`);
    const token = reading.token.reveal();
    const trulySeconds = ((endsAt.get(token) ?? 0) - clock.monotonicMs()) / SECOND;
    all.push({ token, expiresInSeconds: reading.expiresInSeconds, trulySeconds });
    await clock.pass(5 * SECOND);
  }
  account.stop();
  return all;
}

const leastLeft = (all: readonly Seen[]) => Math.min(...all.map(({ expiresInSeconds }) => expiresInSeconds));
const tokens = (all: readonly Seen[]) => [...new Set(all.map(({ token }) => token))];

describe('a workload of three hours', () => {
  it.each([
    { lifeSeconds: 3_600, atLeast: 2_300 },
    { lifeSeconds: 1_800, atLeast: 1_200 },
    { lifeSeconds: 900, atLeast: 600 },
  ])(
    'always holds a token with $atLeast s left, where they live for $lifeSeconds s',
    async ({ lifeSeconds, atLeast }) => {
      for (const random of [0, 0.5, 0.999]) {
        const all = await work(createAccountAtWork({ lifeSeconds, random: () => random }));
        expect(leastLeft(all)).toBeGreaterThanOrEqual(atLeast);
        expect(tokens(all).length).toBeGreaterThanOrEqual(8);
      }
    },
  );

  it('is told the true remaining life, a whole number that only ever falls for the same token', async () => {
    const all = await work(createAccountAtWork());
    for (const { expiresInSeconds, trulySeconds } of all)
      expect(expiresInSeconds).toBe(Math.floor(trulySeconds));
    for (const token of tokens(all)) {
      const lives = all.filter((one) => one.token === token).map(({ expiresInSeconds }) => expiresInSeconds);
      expect(lives).toEqual(lives.toSorted((a, b) => b - a));
    }
  });

  it('never has two exchanges under way', async () => {
    const life = createAccountAtWork();
    await work(life);
    expect(life.fn.inFlight()).toEqual({ now: 0, most: 1 });
  });

  it('does not notice half an hour without the function, whenever that begins', async () => {
    for (let minute = 45; minute < 75; minute += 3) {
      for (const random of [0, 0.5, 0.999]) {
        const from = minute * MINUTE;
        const life = createAccountAtWork({ random: () => random });
        const all = await work(life, { from, to: from + 30 * MINUTE });
        expect(leastLeft(all)).toBeGreaterThanOrEqual(360);
        expect(life.lines.some(({ message }) => message === DOWN.sentence)).toBe(true);
      }
    }
  });

  it('asks a function that is down about once a minute', async () => {
    const life = createAccountAtWork();
    await work(life, { from: HOUR, to: HOUR + 30 * MINUTE });
    const failures = life.lines.filter(({ message }) => message === DOWN.sentence);
    expect(failures.length).toBeGreaterThanOrEqual(20);
    expect(failures.length).toBeLessThanOrEqual(65);
    expect(failures.every(({ severity }) => severity === 'WARNING')).toBe(true);
  });
});
