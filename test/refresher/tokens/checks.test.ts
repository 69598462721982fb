import { describe, expect, it } from 'vitest';
import type { Severity } from '../../../refresher/log.ts';
import { keepChecking } from '../../../refresher/tokens/checks.ts';
import { createAccount, type KeptAccount } from '../../../refresher/tokens/create-account.ts';
import type { Check, Checked, Decision } from '../../../refresher/vending/check-client.ts';
import type { Outcome } from '../../../refresher/vending/outcome.ts';
import type { Target } from '../../../shared/member.ts';
import { HOUR, MINUTE, SECOND } from '../../support/domain/clock.ts';
import { createAcceleratedClock } from './accelerated-clock.ts';
import {
  ALICE_TARGET,
  createScriptedFunction,
  DOWN,
  granted,
  REFUSED,
  TRAINER_TARGET,
} from './scripted-function.ts';

const NO = REFUSED as Decision;
const API = 'https://api.example.com';

interface Asked {
  readonly name: string;
  readonly members: readonly string[];
  readonly atMs: number;
}

interface Options {
  readonly targets?: readonly Target[];
  readonly random?: () => number;
}

/** Accounts whose first tokens have come, and the checks that are made about them. */
async function started({ targets = [TRAINER_TARGET], random = () => 0 }: Options = {}) {
  const clock = createAcceleratedClock();
  const fn = createScriptedFunction(12 * 3_600);
  const lines: { severity: Severity; message: string; fields: unknown }[] = [];
  const log = (severity: Severity, message: string, fields: unknown = {}) =>
    void lines.push({ severity, message, fields });
  const accountOf = (target: Target): KeptAccount => {
    const account = createAccount({
      target,
      vend: (request, signal) => fn.vend(request, signal),
      clock,
      random,
      log,
    });
    account.start();
    return account;
  };
  const accounts = targets.map(accountOf);
  await clock.pass(0);

  const asked: Asked[] = [];
  const startedAtMs = clock.monotonicMs();
  const world = {
    clock,
    fn,
    lines,
    accounts,
    accountOf,
    asked,
    stopping: new AbortController(),
    /** What a function answers from now on. */
    answer: ((_name, members) => Promise.resolve(decided(members, () => 'yes'))) as Check,
    seen: (at = 0) => accounts[at]?.currentAccessToken()?.kind,
    said: (words: string) => lines.filter(({ message }) => message.includes(words)),
  };
  const check: Check = (name, members, signal) => {
    asked.push({ name, members: [...members], atMs: clock.monotonicMs() - startedAtMs });
    return world.answer(name, members, signal);
  };
  keepChecking({ accounts: () => accounts, check, clock, random, log }, world.stopping.signal);
  return world;
}

function decided(members: Iterable<string>, decide: (member: string) => Decision | undefined): Checked {
  const decisions = Array.from(members).flatMap((member) => {
    const decision = decide(member);
    return decision === undefined ? [] : [[member, decision] as const];
  });
  return { kind: 'checked', decisions: new Map(decisions) };
}

const says =
  (decision: Decision): Check =>
  (_, members) =>
    Promise.resolve(decided(members, () => decision));
const silent: Check = () => Promise.resolve({ ...DOWN, decisions: new Map() });
/** Answers nothing until it is given up. */
const hanging: Check = (_name, _members, signal) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('a round of checks', () => {
  it('does not come at once, because the exchange has just been answered', async () => {
    const { clock, asked } = await started();
    await clock.pass(20 * SECOND);
    expect(asked).toEqual([]);
  });

  it.each([0, 0.5, 0.999])(
    'comes so often that a change is noticed within a minute, at chance %d',
    async (chance) => {
      const { clock, asked } = await started({ random: () => chance });
      await clock.pass(HOUR);
      const gaps = asked.map(({ atMs }, index) => atMs - (asked[index - 1]?.atMs ?? 0));
      expect(Math.max(...gaps)).toBeLessThanOrEqual(45 * SECOND);
      // and no more often than it has to
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(36 * SECOND);
    },
  );

  it('asks each function once, however many accounts it has, and about each target once', async () => {
    const targets = [TRAINER_TARGET, ALICE_TARGET, TRAINER_TARGET, targetNamed('other'), ALICE_TARGET];
    const { clock, asked } = await started({ targets });
    await clock.pass(46 * SECOND);
    expect(asked.map(({ name, members }) => ({ name, members }))).toEqual([
      { name: 'impersonate', members: [TRAINER_TARGET.member, targetNamed('other').member] },
      { name: 'delegate', members: [ALICE_TARGET.member] },
    ]);
  });

  it('asks about the accounts that there are then, and about none that have gone', async () => {
    const { clock, asked, accounts, accountOf } = await started();
    await clock.pass(46 * SECOND);
    accounts.push(accountOf(ALICE_TARGET));
    await clock.pass(45 * SECOND);
    accounts.splice(0, 2);
    await clock.pass(5 * MINUTE);
    expect(asked.map(({ name }) => name)).toEqual(['impersonate', 'impersonate', 'delegate']);
  });

  it('does not ask about an account without a token: there is nothing to end', async () => {
    const { clock, fn, asked, accounts, accountOf } = await started({ targets: [] });
    fn.answer = () => DOWN;
    accounts.push(accountOf(TRAINER_TARGET));
    await clock.pass(10 * MINUTE);
    expect(asked).toEqual([]);
  });

  it('is given up when the next is due, so that there is one at a time', async () => {
    const world = await started();
    let underWay = 0;
    let most = 0;
    world.answer = (name, members, signal) => {
      underWay += 1;
      most = Math.max(most, underWay);
      signal.addEventListener('abort', () => (underWay -= 1));
      return hanging(name, members, signal);
    };
    await world.clock.pass(10 * MINUTE);
    expect(world.asked.length).toBeGreaterThan(10);
    expect(most).toBe(1);
    world.answer = says(NO);
    await world.clock.pass(MINUTE);
    expect(world.seen()).toBe('refused');
  });

  it('comes as soon as the machine has slept', async () => {
    const { clock, asked } = await started();
    await clock.pass(5 * SECOND);
    clock.sleep(HOUR);
    await clock.pass(10 * SECOND);
    expect(asked).toHaveLength(1);
    await clock.pass(30 * SECOND);
    expect(asked).toHaveLength(1);
  });

  it('comes no more once it is over, and what is still answered changes nothing', async () => {
    const world = await started();
    const { promise, resolve } = Promise.withResolvers<Checked>();
    world.answer = () => promise;
    await world.clock.pass(46 * SECOND);
    world.stopping.abort();
    resolve(decided([TRAINER_TARGET.member], () => NO));
    await world.clock.pass(SECOND);
    expect(world.seen()).toBe('token');
    await world.clock.pass(10 * MINUTE);
    expect(world.asked).toHaveLength(1);
    for (const account of world.accounts) account.stop();
    expect(world.clock.pending()).toBe(0);
  });
});

describe('a no', () => {
  it('drops the token at once, although half a day of it is left, and tells whoever listens', async () => {
    const world = await started();
    const told: unknown[] = [];
    world.accounts[0]?.onChange(() => told.push(world.seen()));
    await world.clock.pass(10 * MINUTE);
    world.answer = says(NO);
    await world.clock.pass(45 * SECOND);
    expect(told).toEqual(['refused']);
    expect(await world.accounts[0]?.readAccessToken()).toEqual({
      kind: 'refused',
      sentence: 'Ask whoever manages the grants.',
    });
  });

  it('about one target ends that one alone', async () => {
    const world = await started({ targets: [TRAINER_TARGET, targetNamed('other'), ALICE_TARGET] });
    world.answer = async (_, members) =>
      decided(members, (member) => (member === targetNamed('other').member ? NO : 'yes'));
    await world.clock.pass(MINUTE);
    expect([0, 1, 2].map(world.seen)).toEqual(['token', 'refused', 'token']);
  });

  it('ends every account of that target', async () => {
    const world = await started({ targets: [TRAINER_TARGET, TRAINER_TARGET] });
    world.answer = says(NO);
    await world.clock.pass(MINUTE);
    expect([0, 1].map(world.seen)).toEqual(['refused', 'refused']);
  });

  it('is one line that says what to do and that what is out lives on, and no more lines each minute', async () => {
    const world = await started();
    world.answer = says(NO);
    world.fn.answer = () => DOWN;
    await world.clock.pass(10 * MINUTE);
    expect(world.said('No longer granted')).toEqual([
      {
        severity: 'WARNING',
        message:
          'No longer granted; what programs hold lives on until it expires. Ask whoever manages the grants.',
        fields: { target: TRAINER_TARGET.member },
      },
    ]);
  });

  it('takes the ID tokens along', async () => {
    const world = await started();
    const [account] = world.accounts;
    expect(await account?.readIdToken(API)).toMatchObject({ kind: 'token' });
    world.answer = says(NO);
    world.fn.answer = () => REFUSED;
    await world.clock.pass(46 * SECOND);
    expect(await account?.readIdToken(API)).toEqual({ kind: 'none' });
  });

  it('makes ID tokens be asked for anew where these alone were granted, and lets them be in an outage', async () => {
    const world = await started({ targets: [] });
    world.fn.answer = ({ idTokenAudience }) =>
      idTokenAudience === undefined ? REFUSED : granted(1, 3_600, idTokenAudience);
    const account = world.accountOf(TRAINER_TARGET);
    world.accounts.push(account);
    await world.clock.pass(0);
    expect(await account.readIdToken(API)).toMatchObject({ kind: 'token' });
    world.answer = says(NO);
    await world.clock.pass(46 * SECOND);
    world.fn.answer = () => DOWN;
    expect(await account.readIdToken(API)).toMatchObject({ kind: 'token' });
    await world.clock.pass(46 * SECOND);
    world.fn.answer = () => REFUSED;
    expect(await account.readIdToken(API)).toEqual({ kind: 'none' });
  });

  it('counts more than an exchange that began before it', async () => {
    const world = await started();
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    // the swap of a token of twelve hours
    world.fn.answer = () => promise;
    while (world.fn.inFlight().now === 0) await world.clock.pass(SECOND);
    const { length } = world.asked;
    world.answer = says(NO);
    while (world.asked.length === length) await world.clock.pass(SECOND);
    resolve(granted(2, 3_600));
    await world.clock.pass(0);
    expect(world.seen()).toBe('refused');
  });

  it('is followed by exchanges as after any refusal, so that a grant comes back without a yes', async () => {
    const world = await started();
    world.answer = says(NO);
    await world.clock.pass(46 * SECOND);
    expect(world.fn.asked).toHaveLength(1);
    world.answer = silent;
    await world.clock.pass(66 * SECOND);
    expect(world.fn.asked).toHaveLength(2);
    expect(world.seen()).toBe('token');
  });

  it('about an account that was stopped meanwhile is not even logged', async () => {
    const world = await started();
    world.answer = async (...given) => {
      world.accounts[0]?.stop();
      return says(NO)(...given);
    };
    await world.clock.pass(MINUTE);
    expect(world.lines.filter(({ severity }) => severity !== 'INFO')).toEqual([]);
  });
});

describe('a yes', () => {
  it('changes nothing where there is a token', async () => {
    const world = await started();
    const before = [world.fn.asked.length, world.lines.length];
    await world.clock.pass(HOUR);
    expect([world.fn.asked.length, world.lines.length]).toEqual(before);
    expect(world.seen()).toBe('token');
  });

  it('after a refusal is worth an exchange at once', async () => {
    const world = await started();
    world.answer = says(NO);
    await world.clock.pass(46 * SECOND);
    expect(world.seen()).toBe('refused');
    world.answer = says('yes');
    // sooner than the next exchange of its own
    await world.clock.pass(45 * SECOND);
    expect(world.asked).toHaveLength(2);
    expect(world.seen()).toBe('token');
  });

  it('does not shorten the pauses of an outage', async () => {
    const world = await started();
    world.answer = says(NO);
    await world.clock.pass(46 * SECOND);
    world.answer = says('yes');
    world.fn.answer = () => ({ ...DOWN, retryAfterSeconds: 1_800 });
    await world.clock.pass(29 * MINUTE);
    expect(world.fn.asked).toHaveLength(2);
    expect(world.seen()).toBe('refused');
  });
});

describe('a function that says nothing', () => {
  it.each([
    { what: 'is down', answer: silent },
    { what: 'fails', answer: (() => Promise.reject(new Error('a bug'))) as Check },
    { what: 'hangs', answer: hanging },
    {
      what: 'decides about others',
      answer: (async () => decided(['user:eve@example.com'], () => NO)) as Check,
    },
    { what: 'decides about none', answer: (async () => decided([], () => NO)) as Check },
  ])('changes nothing: it $what', async ({ answer }) => {
    const world = await started();
    world.answer = answer;
    await world.clock.pass(HOUR);
    expect(world.seen()).toBe('token');
    expect(world.fn.asked).toHaveLength(1);
    expect(JSON.stringify(world.lines)).not.toContain('a bug');
  });

  it('is one line, with what to check, until it has answered again', async () => {
    const world = await started();
    world.answer = silent;
    await world.clock.pass(HOUR);
    expect(world.lines.filter(({ severity }) => severity !== 'INFO')).toEqual([
      {
        severity: 'WARNING',
        message: `No check: a removed grant is noticed at the next exchange only. ${DOWN.sentence}`,
        fields: {},
      },
    ]);
    world.answer = says('yes');
    await world.clock.pass(HOUR);
    expect(world.said('answered again')).toHaveLength(1);
    world.answer = silent;
    await world.clock.pass(HOUR);
    expect(world.said('No check')).toHaveLength(2);
  });

  it('is left alone for as long as it asks for, and the other is not', async () => {
    const world = await started({ targets: [TRAINER_TARGET, ALICE_TARGET] });
    world.answer = async (name, members) =>
      name === 'delegate'
        ? { ...DOWN, retryAfterSeconds: 600, decisions: new Map() }
        : decided(members, () => 'yes');
    await world.clock.pass(45 * SECOND + 599 * SECOND);
    const asked = (name: string) => world.asked.filter((one) => one.name === name);
    expect(asked('delegate')).toHaveLength(1);
    expect(asked('impersonate').length).toBeGreaterThan(10);
    await world.clock.pass(MINUTE);
    expect(asked('delegate')).toHaveLength(2);
  });
});

function targetNamed(name: string): Target {
  const email = `${name}@acme-data.iam.gserviceaccount.com`;
  return { kind: 'serviceAccount', email, member: `serviceAccount:${email}` };
}
