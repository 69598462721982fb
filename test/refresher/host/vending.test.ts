import { describe, expect, it } from 'vitest';
import { shareIdentityTokens } from '../../../refresher/host/vending/shared-identity-tokens.ts';
import { vendForMany } from '../../../refresher/host/vending/vend-for-many.ts';
import { MetadataUnreachable } from '../../../refresher/vending/metadata-client.ts';
import type { Outcome } from '../../../refresher/vending/vending-client.ts';
import { parseAudience } from '../../../shared/member.ts';
import { IdentityToken } from '../../../shared/tokens.ts';
import { createAcceleratedClock } from '../tokens/accelerated-clock.ts';

const target = parseAudience('user:alice@example.com');
if (target === undefined) throw new Error('no target');
const OUTAGE: Outcome = { kind: 'outage', sentence: 'Nobody answers.' };
const REFUSED: Outcome = { kind: 'refused', error: 'invalid_target', sentence: 'No grant.' };
const never = new AbortController().signal;

describe('the identity tokens of the VM', () => {
  function setUp() {
    const clock = createAcceleratedClock();
    const daemon = new AbortController();
    const calls: { audience: string; signal: AbortSignal; settle: PromiseWithResolvers<IdentityToken> }[] =
      [];
    const shared = shareIdentityTokens(
      {
        identityToken(audience, signal) {
          const settle = Promise.withResolvers<IdentityToken>();
          calls.push({ audience, signal, settle });
          return settle.promise;
        },
        text: async () => ({ status: 404, body: '' }),
      },
      { clock, signal: daemon.signal },
    );
    return { clock, daemon, calls, shared };
  }

  it('are asked for once for each audience, however many tasks start together', async () => {
    const { calls, shared } = setUp();
    const asked = ['a', 'b', 'a', 'a'].map((audience) => shared.identityToken(audience, never));
    expect(calls.map(({ audience }) => audience)).toEqual(['a', 'b']);
    for (const { audience, settle } of calls) settle.resolve(new IdentityToken(audience));
    expect((await Promise.all(asked)).map((token) => token.reveal())).toEqual(['a', 'b', 'a', 'a']);
  });

  it('are not given to whoever comes later, or after an exchange that failed', async () => {
    const { calls, clock, shared } = setUp();
    void shared.identityToken('a', never);
    await clock.pass(29_999);
    void shared.identityToken('a', never);
    expect(calls).toHaveLength(1);
    await clock.pass(1);
    void shared.identityToken('a', never);
    expect(calls).toHaveLength(2);
    shared.forget();
    void shared.identityToken('a', never);
    expect(calls).toHaveLength(3);
  });

  it('are asked for again after the metadata server has failed', async () => {
    const { calls, shared } = setUp();
    const first = shared.identityToken('a', never);
    calls[0]?.settle.reject(new MetadataUnreachable('metadata', 'it failed', 'Check.'));
    await expect(first).rejects.toThrow(MetadataUnreachable);
    void shared.identityToken('a', never);
    expect(calls).toHaveLength(2);
  });

  it('are not lost to the others where the task that asked first has gone', async () => {
    const { calls, shared } = setUp();
    const gone = new AbortController();
    void shared.identityToken('a', gone.signal);
    const other = shared.identityToken('a', never);
    gone.abort();
    expect(calls[0]?.signal.aborted).toBe(false);
    calls[0]?.settle.resolve(new IdentityToken('a'));
    expect((await other).reveal()).toBe('a');
  });
});

describe('exchanges for many tasks', () => {
  function setUp() {
    const under: PromiseWithResolvers<Outcome>[] = [];
    let outages = 0;
    const vend = vendForMany({
      vend() {
        const one = Promise.withResolvers<Outcome>();
        under.push(one);
        return one.promise;
      },
      onOutage: () => void (outages += 1),
    });
    const ask = (signal: AbortSignal = never) =>
      vend({ target: target as NonNullable<typeof target> }, signal);
    return { under, ask, outages: () => outages };
  }

  it('are under way sixty-four at a time, and all come to their turn', async () => {
    const { under, ask } = setUp();
    const asked = Array.from({ length: 200 }, () => ask());
    await Promise.resolve();
    expect(under).toHaveLength(64);
    for (let ended = 0; ended < 200; ended += 1) {
      under[ended]?.resolve(REFUSED);
      await asked[ended];
      expect(under.length).toBeLessThanOrEqual(ended + 65);
    }
    expect(under).toHaveLength(200);
  });

  it('go on where one that waits has given up, and where one throws', async () => {
    const { under, ask } = setUp();
    const asked = Array.from({ length: 64 }, () => ask());
    const gone = new AbortController();
    const lost = ask(gone.signal);
    const last = ask();
    await Promise.resolve();
    gone.abort(new Error('the task has gone'));
    await expect(lost).rejects.toThrow('the task has gone');
    under[0]?.reject(new Error('a bug'));
    await expect(asked[0]).rejects.toThrow('a bug');
    await expect.poll(() => under.length).toBe(65);
    under[64]?.resolve(REFUSED);
    expect(await last).toBe(REFUSED);
  });

  it('make what was shared be fetched anew after an outage, and not after a refusal', async () => {
    const { under, ask, outages } = setUp();
    const asked = [ask(), ask()];
    await Promise.resolve();
    under[0]?.resolve(REFUSED);
    under[1]?.resolve(OUTAGE);
    expect(await Promise.all(asked)).toEqual([REFUSED, OUTAGE]);
    expect(outages()).toBe(1);
  });
});
