/**
 * Upstreams that keep a caller waiting: they never answer, or never finish. Each case has a function of its own, and
 * several of them wait at once.
 */

import { describe, expect, it } from 'vitest';
import type { Route } from '../../support/google/fake-google.ts';
import type { Fault } from '../../support/google/faults.ts';
import { askUntilServed } from './asking.ts';
import { startLane, type Environment, type Lane } from './lane.ts';
import { AT_ONCE_MS, failed, granted, type Failure } from './outcomes.ts';
import { startTcpGate, type TcpGate } from './tcp-gate.ts';
import type { WantedKind } from './wanted.ts';

const SECOND = 1_000;
const HOUR = 3600 * SECOND;
const MARGIN_MS = 2 * SECOND;
/** Two attempts of three seconds, and the pause between them. */
const TWO_ATTEMPTS_MS = 6_400;
/** The metadata server is a neighbour of the function. */
const METADATA_MS = 3 * SECOND;
/** A key set that did not come is asked for again after so long. */
const COOL_DOWN = 31 * SECOND;

interface Silence {
  /** Completes "where …". */
  readonly title: string;
  readonly kind: WantedKind;
  readonly route: Route;
  readonly fault: Fault;
  readonly reason: string;
  /** When the function gives it up. */
  readonly afterMs: number;
  readonly calls?: Failure['calls'];
  /** What the function has of it may be kept for less than this. */
  readonly keptForMs?: number;
}

const keySet = { route: 'jwks', reason: 'keys_unavailable', keptForMs: 24 * HOUR } as const;
const metadata = {
  route: 'metadata',
  reason: 'runtime_credentials_unavailable',
  keptForMs: HOUR,
  afterMs: METADATA_MS,
} as const;
const hangs: Fault = { kind: 'hang' };

const HANGING: readonly Silence[] = [
  {
    title: 'Google’s key set never comes',
    kind: 'an access token',
    ...keySet,
    fault: hangs,
    afterMs: TWO_ATTEMPTS_MS,
  },
  { title: 'the metadata server never answers', kind: "a user's token", ...metadata, fault: hangs },
  {
    title: 'IAM never answers',
    kind: 'an access token',
    route: 'generateAccessToken',
    reason: 'iam_unavailable',
    fault: hangs,
    afterMs: TWO_ATTEMPTS_MS,
    calls: { generateAccessToken: 2 },
  },
  {
    title: 'the token endpoint never answers',
    kind: "a user's token",
    route: 'oauthToken',
    reason: 'oauth_unavailable',
    fault: hangs,
    afterMs: TWO_ATTEMPTS_MS,
    calls: { signJwt: 1, oauthToken: 2 },
  },
];

const UNFINISHED: readonly Silence[] = [
  {
    title: 'the metadata server begins to answer and falls silent',
    kind: 'an ID token',
    ...metadata,
    fault: { kind: 'slowBody' },
  },
  {
    title: 'IAM begins to answer and falls silent',
    kind: 'an ID token',
    route: 'generateIdToken',
    reason: 'iam_unavailable',
    fault: { kind: 'slowBody' },
    afterMs: TWO_ATTEMPTS_MS,
    calls: { generateIdToken: 2 },
  },
  {
    title: 'IAM signs, and hands the signature over a byte at a time',
    kind: "a user's token",
    route: 'signJwt',
    reason: 'iam_unavailable',
    fault: { kind: 'slowBody', everyMs: 50 },
    afterMs: TWO_ATTEMPTS_MS,
    calls: { signJwt: 2 },
  },
];

/** The library asks this neighbour again and again. */
const REPEATED: readonly Silence[] = [
  {
    title: 'the metadata server resets the connection',
    kind: 'an access token',
    ...metadata,
    fault: { kind: 'reset' },
  },
  {
    title: 'the metadata server is out of service',
    kind: 'an access token',
    ...metadata,
    fault: { kind: 'status', status: 503 },
  },
];

/** The calls of the first attempt, by which a short deadline is over. */
const callsOnce = (calls: Silence['calls'] = {}) =>
  Object.fromEntries(Object.keys(calls).map((route) => [route, 1]));

/** A function that was fine until now, whose next exchange needs what the fault keeps from it. */
async function arrange(
  { kind, route, fault, keptForMs = 0 }: Silence,
  environment: Environment = {},
): Promise<Lane> {
  const lane = await startLane(kind, { movableClock: keptForMs > 0, prepare: () => environment });
  if (keptForMs > 0) lane.moveClock(keptForMs);
  lane.google.faults.set(route, fault);
  return lane;
}

describe.concurrent('the caller is told to come back, and served when it does, where', () => {
  it.each([...HANGING, ...UNFINISHED, ...REPEATED])('$title', async (silence) => {
    const { reason, afterMs, calls = {} } = silence;
    const lane = await arrange(silence);
    const caller = lane.nextCaller();
    expect(await lane.ask(caller)).toEqual(
      failed({ error: 'temporarily_unavailable', reason, withinMs: afterMs + MARGIN_MS, calls }),
    );
    lane.google.faults.clear();
    if (silence.route === 'jwks') lane.moveClock(COOL_DOWN);
    expect(await askUntilServed(lane, caller, SECOND)).toEqual(granted(caller));
    await lane.close();
  });

  it('the metadata server cannot be reached when the function starts', async () => {
    let gate: TcpGate | undefined;
    const lane = await startLane('an access token', {
      cold: true,
      prepare: async ({ environment }) => {
        const { GCE_METADATA_HOST = '' } = await environment('impersonate');
        gate = await startTcpGate(GCE_METADATA_HOST);
        await gate.shut();
        return { GCE_METADATA_HOST: gate.host };
      },
    });
    const caller = lane.nextCaller();
    const { reason } = metadata;
    const withinMs = METADATA_MS + MARGIN_MS;
    expect(await lane.ask(caller)).toEqual(failed({ error: 'temporarily_unavailable', reason, withinMs }));
    await gate?.open();
    expect(await askUntilServed(lane, caller, withinMs)).toEqual(granted(caller, withinMs));
    await lane.close();
    await gate?.shut();
  });
});

describe.concurrent('the caller waits a while and is served where', () => {
  it('IAM hangs once', async () => {
    const lane = await startLane('an access token');
    const caller = lane.nextCaller();
    lane.google.faults.set('generateAccessToken', hangs, { times: 1 });
    const outcome = await lane.ask(caller);
    expect(outcome).toEqual(granted(caller, 3 * SECOND + AT_ONCE_MS));
    expect(outcome.calls.generateAccessToken).toBe(2);
    await lane.close();
  });

  it('the token endpoint is slow and no more', async () => {
    const lane = await startLane("a user's token");
    const caller = lane.nextCaller();
    lane.google.faults.set('oauthToken', { kind: 'latency', ms: SECOND });
    const outcome = await lane.ask(caller);
    expect(outcome).toEqual(granted(caller, SECOND + AT_ONCE_MS));
    expect(outcome.elapsedMs).toBeGreaterThanOrEqual(SECOND);
    await lane.close();
  });

  it('a new key set never comes, but there is an older one: who comes next does not even wait', async () => {
    const lane = await startLane('an access token', { movableClock: true });
    lane.google.faults.set('jwks', hangs);
    lane.moveClock(6 * HOUR);
    const [first, second] = [lane.nextCaller(), lane.nextCaller()];
    expect(await lane.ask(first)).toEqual(granted(first, TWO_ATTEMPTS_MS + MARGIN_MS));
    expect(await lane.ask(second)).toEqual(granted(second));
    await lane.close();
  });

  it('the metadata server hangs, but its last token has minutes left: who comes next does not even wait', async () => {
    const lane = await startLane('an access token', { movableClock: true });
    lane.google.faults.set('metadata', hangs);
    lane.moveClock(HOUR - 150 * SECOND);
    const [first, second] = [lane.nextCaller(), lane.nextCaller()];
    const withinMs = METADATA_MS + MARGIN_MS;
    expect(await lane.ask(first)).toEqual(granted(first, withinMs));
    expect(await lane.ask(second)).toEqual(granted(second));

    // until it has but half a minute
    lane.moveClock(125 * SECOND);
    expect(await lane.ask(lane.nextCaller())).toEqual(
      failed({ error: 'temporarily_unavailable', reason: metadata.reason, withinMs }),
    );
    await lane.close();
  });
});

describe.concurrent('a deadline of 1.5 seconds is kept where', () => {
  const DEADLINE_MS = 1_500;
  const environment = { TOKEN_VENDING_DEADLINE_MS: String(DEADLINE_MS) };
  const exceeded = {
    error: 'temporarily_unavailable',
    reason: 'deadline_exceeded',
    detail: 'the budget of the exchange was spent',
    withinMs: DEADLINE_MS + SECOND,
  } as const;

  it.each(HANGING)('$title', async (silence) => {
    const lane = await arrange(silence, environment);
    const outcome = await lane.ask(lane.nextCaller());
    expect(outcome).toEqual(failed({ ...exceeded, calls: callsOnce(silence.calls) }));
    await lane.close();
  });

  it('two upstreams are slow, and neither alone would take so long', async () => {
    const lane = await startLane("a user's token", { prepare: () => environment });
    const caller = lane.nextCaller();
    lane.google.faults.set('signJwt', { kind: 'latency', ms: 900 });
    lane.google.faults.set('oauthToken', { kind: 'latency', ms: 900 });
    expect(await lane.ask(caller)).toEqual(failed({ ...exceeded, calls: { signJwt: 1, oauthToken: 1 } }));
    lane.google.faults.clear();
    // it may still join a mint that is about to give up
    expect(await askUntilServed(lane, caller, AT_ONCE_MS)).toEqual(granted(caller));
    await lane.close();
  });
});
