import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../support/google/faults.ts';
import { askUntilServed } from './asking.ts';
import { startLane, type Caller, type Lane } from './lane.ts';
import { AT_ONCE_MS, failed, granted } from './outcomes.ts';
import { startTcpGate, type TcpGate } from './tcp-gate.ts';

const unavailable = { error: 'temporarily_unavailable', reason: 'keys_unavailable' } as const;
const unknown = { error: 'invalid_request', reason: 'token_key_unknown' } as const;

const SECOND = 1_000;
const HOUR = 3600 * SECOND;
/** Longer than any key set is kept, fresh or stale. */
const DAY = 24 * HOUR;
/** As long as Google's key set may be kept, by its `Cache-Control`. */
const FRESH = 21_155 * SECOND;
/** A key that is not there is asked for no more often than this, and neither is a key set that does not come. */
const COOL_DOWN = 31 * SECOND;

const json = (value: unknown): Fault => ({ kind: 'body', status: 200, body: JSON.stringify(value) });
const key = { kty: 'RSA', alg: 'RS256', use: 'sig', kid: 'a', n: 'A'.repeat(342), e: 'AQAB' };

const FAULTS: readonly (readonly [title: string, fault: Fault, calls: 1 | 2])[] = [
  ['is not there', { kind: 'status', status: 404 }, 1],
  ['is rationed', { kind: 'status', status: 429 }, 1],
  ['is broken', { kind: 'status', status: 500 }, 2],
  ['is out of service', { kind: 'status', status: 503 }, 2],
  ['is an HTML page', { kind: 'html', status: 200 }, 1],
  ['is cut short', { kind: 'truncatedJson' }, 1],
  ['is no key set', json({}), 1],
  ['is a list', json([]), 1],
  ['is empty', json({ keys: [] }), 1],
  ['has keys for another algorithm', json({ keys: [{ ...key, alg: 'ES256', kty: 'EC' }] }), 1],
  ['has keys for encryption', json({ keys: [{ ...key, use: 'enc' }] }), 1],
  ['has keys that are too short', json({ keys: [{ ...key, n: 'AQAB' }] }), 1],
  ['is a megabyte', { kind: 'bodyOfBytes', bytes: 1024 * 1024 }, 2],
  ['ends in a reset', { kind: 'reset' }, 2],
  ['has moved', { kind: 'status', status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 1],
];

describe('nobody is believed while Google’s key set', () => {
  let lane: Lane;
  let gate: TcpGate;

  beforeAll(async () => {
    lane = await startLane('an access token', {
      movableClock: true,
      prepare: async ({ google }) => {
        gate = await startTcpGate(google.url);
        return { TOKEN_VENDING_JWKS_URL: `http://${gate.host}/oauth2/v3/certs` };
      },
    });
  });
  afterAll(async () => {
    await lane.close();
    await gate.shut();
  });

  it.each(FAULTS)('%s', async (_, fault, calls) => {
    const caller = lane.nextCaller();
    lane.moveClock(DAY);
    lane.google.faults.set('jwks', fault);
    lane.google.resetCalls();
    expect(await lane.ask(caller)).toEqual(failed(unavailable));
    expect(lane.google.calls('jwks')).toBe(calls);

    lane.google.faults.clear();
    lane.moveClock(COOL_DOWN);
    expect(await askUntilServed(lane, caller, SECOND)).toEqual(granted(caller));
  });

  it('cannot be reached', async () => {
    const caller = lane.nextCaller();
    lane.moveClock(DAY);
    await gate.shut();
    expect(await lane.ask(caller)).toEqual(failed(unavailable));

    await gate.open();
    lane.moveClock(COOL_DOWN);
    expect(await askUntilServed(lane, caller, SECOND)).toEqual(granted(caller));
  });

  it('was asked for in vain a moment ago: Google is not asked again for everybody who comes', async () => {
    const caller = lane.nextCaller();
    lane.moveClock(DAY);
    lane.google.faults.set('jwks', { kind: 'status', status: 503 });
    expect(await lane.ask(caller)).toEqual(failed(unavailable));
    lane.google.resetCalls();
    expect(await lane.ask(caller)).toEqual(failed(unavailable));
    expect(lane.google.calls('jwks')).toBe(0);

    lane.google.faults.clear();
    lane.moveClock(COOL_DOWN);
    expect(await askUntilServed(lane, caller, SECOND)).toEqual(granted(caller));
  });

  it('is too old and cannot be had; when Google is back, the first who comes is', async () => {
    const caller = lane.nextCaller();
    lane.moveClock(DAY);
    lane.google.faults.set('jwks', { kind: 'status', status: 503 });
    expect(await lane.ask(caller)).toEqual(failed(unavailable));
    lane.google.faults.clear();
    lane.moveClock(COOL_DOWN);
    expect(await lane.ask(caller)).toEqual(granted(caller));
  });
});

describe.concurrent('a function starts all the same, and recovers by itself, where Google’s key set', () => {
  it('is out of service', async () => {
    const lane = await startLane('an access token', {
      cold: true,
      prepare: ({ google }) => {
        google.faults.set('jwks', { kind: 'status', status: 503 });
        return {};
      },
    });
    const caller = lane.nextCaller();
    expect(await lane.ask(caller)).toEqual(failed(unavailable));
    lane.google.faults.clear();
    expect(await askUntilServed(lane, caller, 4 * SECOND)).toEqual(granted(caller, 4 * SECOND));
    await lane.close();
  });

  it('cannot be reached', async () => {
    let gate: TcpGate | undefined;
    const lane = await startLane('an access token', {
      cold: true,
      prepare: async ({ google }) => {
        gate = await startTcpGate(google.url);
        await gate.shut();
        return { TOKEN_VENDING_JWKS_URL: `http://${gate.host}/oauth2/v3/certs` };
      },
    });
    const caller = lane.nextCaller();
    expect(await lane.ask(caller)).toEqual(failed(unavailable));
    await gate?.open();
    expect(await askUntilServed(lane, caller, 4 * SECOND)).toEqual(granted(caller, 4 * SECOND));
    await lane.close();
    await gate?.shut();
  });
});

describe('while Google is away', () => {
  let lane: Lane;

  beforeAll(async () => {
    lane = await startLane('an access token', { movableClock: true });
  });
  afterAll(() => lane.close());

  /** Google is back, whatever was before: with new keys, freshly fetched. */
  async function startAfresh(): Promise<Caller> {
    lane.google.faults.clear();
    lane.moveClock(DAY);
    lane.google.keys.rotate();
    await askUntilServed(lane, lane.nextCaller(), SECOND);
    return lane.nextCaller();
  }

  it('a key set that may still be kept is not asked for', async () => {
    const caller = await startAfresh();
    lane.google.faults.set('jwks', { kind: 'status', status: 503 });
    lane.google.resetCalls();
    expect(await lane.ask(caller)).toEqual(granted(caller));
    expect(lane.google.calls('jwks')).toBe(0);
  });

  it('an older one serves for six hours more, and then no longer', async () => {
    const caller = await startAfresh();
    lane.google.faults.set('jwks', { kind: 'status', status: 503 });
    lane.moveClock(FRESH + SECOND);
    lane.google.resetCalls();
    expect(await lane.ask(caller)).toEqual(granted(caller));
    expect(lane.google.calls('jwks')).toBe(2);
    expect(await lane.ask(caller)).toEqual(granted(caller));
    expect(lane.google.calls('jwks')).toBe(2);

    lane.moveClock(6 * HOUR - 10 * SECOND);
    expect(await lane.ask(caller)).toEqual(granted(caller));
    lane.moveClock(20 * SECOND);
    expect(await lane.ask(caller)).toEqual(failed(unavailable));

    lane.google.faults.clear();
    lane.moveClock(COOL_DOWN);
    expect(await askUntilServed(lane, caller, SECOND)).toEqual(granted(caller));
  });

  it('nobody can tell whether a key that is not in it is Google’s', async () => {
    const caller = await startAfresh();
    const known = lane.google.keys.signing;
    const newest = lane.google.keys.rotate();
    lane.google.faults.set('jwks', { kind: 'status', status: 503 });
    lane.moveClock(COOL_DOWN);
    expect(await lane.ask(caller)).toEqual(failed(unavailable));

    lane.google.keys.signing = known;
    const other = lane.nextCaller();
    expect(await lane.ask(other)).toEqual(granted(other));

    lane.google.keys.signing = newest;
    lane.google.faults.clear();
    lane.moveClock(COOL_DOWN);
    expect(await lane.ask(caller)).toEqual(granted(caller));
  });
});

describe('when Google signs with another key', () => {
  let lane: Lane;

  beforeAll(async () => {
    lane = await startLane('an access token', { movableClock: true });
  });
  afterAll(() => lane.close());

  /** Google publishes its keys days ahead; this is for one that it does not. */
  it('and has never shown it, its tokens are refused until the key set may be asked for again', async () => {
    const caller = lane.nextCaller();
    lane.google.keys.rotate();
    lane.google.resetCalls();
    expect(await lane.ask(caller)).toEqual(failed(unknown));
    expect(lane.google.calls('jwks')).toBe(0);

    lane.moveClock(COOL_DOWN);
    expect(await lane.ask(caller)).toEqual(granted(caller));
    expect(lane.google.calls('jwks')).toBe(1);
  });

  it('all who come meanwhile wait for one and the same key set', async () => {
    const callers = Array.from({ length: 20 }, () => lane.nextCaller());
    lane.google.keys.rotate();
    lane.moveClock(COOL_DOWN);
    lane.google.faults.set('jwks', { kind: 'latency', ms: 300 });
    lane.google.resetCalls();
    const outcomes = await Promise.all(callers.map((caller) => lane.ask(caller)));
    lane.google.faults.clear();
    expect(outcomes).toEqual(callers.map((caller) => granted(caller, 300 + AT_ONCE_MS)));
    expect(lane.google.calls('jwks')).toBe(1);
  });

  it('a token of a key that Google has withdrawn is refused', async () => {
    const caller = lane.nextCaller();
    const token = caller.vm.identityToken('impersonate');
    lane.google.keys.rotate();
    lane.google.keys.rotate();
    lane.moveClock(COOL_DOWN);
    expect(await lane.ask(caller)).toEqual(granted(caller));
    expect(await lane.ask(caller, { subject_token: token })).toEqual(failed(unknown));
  });
});
