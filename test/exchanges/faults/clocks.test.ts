/**
 * Clocks that disagree by two minutes: Google's is moved, the function's is this machine's.
 *
 * A minute is what the function allows an identity token to be from the future. It has no patience with one that has
 * expired: the clocks of Google's machines agree, and so should the function's, which is one of them.
 */

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startLane, type Caller, type Lane } from './lane.ts';
import { failed, granted } from './outcomes.ts';
import { WANTED, type WantedKind } from './wanted.ts';

const MINUTE = 60_000;
const kinds: readonly WantedKind[] = ['an access token', "a user's token"];

describe.each(kinds)('on the way to %s', (kind) => {
  const { at } = WANTED[kind];
  let lane: Lane;

  beforeAll(async () => {
    lane = await startLane(kind);
  });
  afterEach(() => {
    lane.google.clockOffsetMs = 0;
  });
  afterAll(() => lane.close());

  /** An identity token that Google signed when its clock differed so much from the function's. */
  function signedAt(caller: Caller, offsetMs: number): { subject_token: string } {
    lane.google.clockOffsetMs = offsetMs;
    const token = caller.vm.identityToken(at);
    lane.google.clockOffsetMs = 0;
    return { subject_token: token };
  }

  it('a Google two minutes ahead signs tokens from the future: refused, and the log says why', async () => {
    const caller = lane.nextCaller();
    lane.google.clockOffsetMs = 2 * MINUTE;
    expect(await lane.ask(caller)).toEqual(
      failed({
        error: 'invalid_request',
        reason: 'token_not_yet_valid',
        detail: 's; check this clock',
      }),
    );
    lane.google.clockOffsetMs = 0;
    expect(await lane.ask(caller)).toEqual(granted(caller));
  });

  it.each([
    ['half a minute ahead', MINUTE / 2],
    ['two minutes behind', -2 * MINUTE],
  ])('a Google %s is believed', async (_, offsetMs) => {
    const caller = lane.nextCaller();
    lane.google.clockOffsetMs = offsetMs;
    expect(await lane.ask(caller)).toEqual(granted(caller));
  });

  it.each([
    ['ahead', 2 * MINUTE],
    ['behind', -2 * MINUTE],
  ])('a token of a minute ago is as good as ever with Google two minutes %s', async (_, offsetMs) => {
    const caller = lane.nextCaller();
    const token = signedAt(caller, -MINUTE);
    lane.google.clockOffsetMs = offsetMs;
    expect(await lane.ask(caller, token)).toEqual(granted(caller));
  });

  it('a token expires by the function’s clock: at once', async () => {
    const caller = lane.nextCaller();
    expect(await lane.ask(caller, signedAt(caller, -60 * MINUTE))).toEqual(
      failed({ error: 'invalid_request', reason: 'token_expired' }),
    );
  });

  it('a token expires by the function’s clock: not before, though it has for a Google two minutes ahead', async () => {
    const caller = lane.nextCaller();
    const token = signedAt(caller, -59 * MINUTE);
    lane.google.clockOffsetMs = 2 * MINUTE;
    expect(await lane.ask(caller, token)).toEqual(granted(caller));
  });

  // two minutes are a nuisance; ten are a fault that somebody has to mend, wherever Google notices
  const assertions = [
    ['ahead', 10 * MINUTE, 'iam_rejected', { signJwt: 1 }],
    ['behind', -10 * MINUTE, 'oauth_rejected', { signJwt: 1, oauthToken: 1 }],
  ] as const;
  it.each(kind === "a user's token" ? assertions : [])(
    'a Google ten minutes %s takes no assertion of ours',
    async (_, offsetMs, reason, calls) => {
      const caller = lane.nextCaller();
      const token = { subject_token: caller.vm.identityToken(at) };
      lane.google.clockOffsetMs = offsetMs;
      expect(await lane.ask(caller, token)).toEqual(failed({ error: 'server_error', reason, calls }));
      lane.google.clockOffsetMs = 0;
      expect(await lane.ask(caller)).toEqual(granted(caller));
    },
  );

  const promises = [
    ['for no longer than was asked for, with Google two minutes ahead', 2 * MINUTE, 0],
    ['for two minutes less, with Google two minutes behind', -2 * MINUTE, -120],
  ] as const;
  it.each(kind === 'an access token' ? promises : [])(
    'the token is promised %s',
    async (_, offsetMs, difference) => {
      const caller = lane.nextCaller();
      const token = { subject_token: caller.vm.identityToken(at) };
      lane.google.clockOffsetMs = offsetMs;
      const { body } = await lane.ask(caller, token);
      const promised = (caller.wanted.lifetimeSeconds ?? 0) + difference;
      expect(body['expires_in']).toBeLessThanOrEqual(promised);
      expect(body['expires_in']).toBeGreaterThan(promised - 10);
    },
  );
});
