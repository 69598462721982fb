import { describe, expect, it } from 'vitest';
import { Fault } from '../../../shared/fault.ts';
import type { IamCredentials } from '../../../shared/minting/iam-credentials.ts';
import { createImpersonation } from '../../../shared/minting/impersonation.ts';
import { AccessToken, IdToken } from '../../../shared/tokens.ts';
import { authorizedAccessToken, authorizedIdToken } from '../../support/domain/authorized.ts';
import { createClock, NOW, SECOND } from '../../support/domain/clock.ts';
import { callContext } from '../../support/domain/contexts.ts';
import { API, STORAGE, TRAINER } from '../../support/domain/questions.ts';

const ACCESS_TOKEN = new AccessToken('ya29.c.trainer');
const ID_TOKEN = new IdToken('header.claims.signature');
const DELEGATES = ['middle@acme-data.iam.gserviceaccount.com'];
const LATER = (seconds: number) => NOW.getTime() + seconds * SECOND;

/** IAM that answers after two seconds, and impersonation that asks it. */
function setUp({ expiresAtMs = LATER(3600), failure }: { expiresAtMs?: number; failure?: Fault } = {}) {
  const clock = createClock();
  const calls: unknown[] = [];
  const answer = async <T>(call: unknown, value: T): Promise<T> => {
    calls.push(call);
    clock.advance(2 * SECOND);
    if (failure !== undefined) throw failure;
    return value;
  };
  const iam: Pick<IamCredentials, 'generateAccessToken' | 'generateIdToken'> = {
    generateAccessToken: (call) => answer(call, { token: ACCESS_TOKEN, expiresAtMs }),
    generateIdToken: (call) => answer(call, ID_TOKEN),
  };
  return { calls, mint: createImpersonation({ iam, nowMs: clock.nowMs }) };
}

describe('an access token', () => {
  it('is minted for exactly what was authorized', async () => {
    const { calls, mint } = setUp();
    const grant = await authorizedAccessToken({ grant: { lifetimeSeconds: 900, delegates: DELEGATES } });
    await mint(grant, callContext());
    expect(calls).toEqual([
      { account: TRAINER, delegates: DELEGATES, scopes: [STORAGE], lifetimeSeconds: 900 },
    ]);
  });

  it('lives until Google says', async () => {
    const { mint } = setUp({ expiresAtMs: LATER(1800) });
    expect(await mint(await authorizedAccessToken(), callContext())).toEqual({
      token: ACCESS_TOKEN,
      expiresAtMs: LATER(1800),
    });
  });

  it('lives no longer than was asked, counted from before the call, where clocks differ', async () => {
    const { mint } = setUp({ expiresAtMs: LATER(3700) });
    expect(await mint(await authorizedAccessToken(), callContext())).toMatchObject({
      expiresAtMs: LATER(3600),
    });
  });

  it('is not there where IAM fails', async () => {
    const failure = new Fault('iam_denied');
    const { mint } = setUp({ failure });
    await expect(mint(await authorizedAccessToken(), callContext())).rejects.toBe(failure);
  });
});

describe('an ID token', () => {
  it('is minted for exactly what was authorized', async () => {
    const { calls, mint } = setUp();
    await mint(await authorizedIdToken({ grant: { delegates: DELEGATES } }), callContext());
    expect(calls).toEqual([{ account: TRAINER, delegates: DELEGATES, audience: API }]);
  });

  it('lives for an hour, counted from before the call, whatever lifetime is stored', async () => {
    const { mint } = setUp();
    const grant = await authorizedIdToken({ grant: { lifetimeSeconds: 900 } });
    expect(await mint(grant, callContext())).toEqual({ token: ID_TOKEN, expiresAtMs: LATER(3600) });
  });

  it('is not there where IAM fails', async () => {
    const failure = new Fault('iam_not_found');
    const { mint } = setUp({ failure });
    await expect(mint(await authorizedIdToken(), callContext())).rejects.toBe(failure);
  });
});
