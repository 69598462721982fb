import { describe, expect, it } from 'vitest';
import { Fault } from '../../../shared/fault.ts';
import { createDelegation } from '../../../shared/minting/delegation.ts';
import { AccessToken, Assertion } from '../../../shared/tokens.ts';
import { authorizedDelegation } from '../../support/domain/authorized.ts';
import { createClock, NOW, SECOND } from '../../support/domain/clock.ts';
import { callContext } from '../../support/domain/contexts.ts';
import { ALICE, BIGQUERY, DRIVE, SIGNER } from '../../support/domain/questions.ts';

const ASSERTION = new Assertion('header.claims.signature');
const TOKEN = new AccessToken('ya29.alice');
const NOW_SECONDS = NOW.getTime() / 1000;

interface Call {
  readonly account: string;
  readonly claims: Readonly<Record<string, string | number>>;
}

/** A signer that takes three seconds, a token endpoint that takes two, and delegation between them. */
function setUp({ signing, exchanging }: { signing?: Fault; exchanging?: Fault } = {}) {
  const clock = createClock(NOW.getTime() + 999);
  const signed: Call[] = [];
  const exchanged: Assertion[] = [];
  const mint = createDelegation({
    nowMs: clock.nowMs,
    iam: {
      signJwt: async (call) => {
        signed.push(call);
        clock.advance(3 * SECOND);
        if (signing !== undefined) throw signing;
        return ASSERTION;
      },
    },
    tokenEndpoint: {
      exchangeAssertion: async (assertion) => {
        exchanged.push(assertion);
        clock.advance(2 * SECOND);
        if (exchanging !== undefined) throw exchanging;
        return { token: TOKEN, expiresInSeconds: 3599 };
      },
    },
  });
  return { signed, exchanged, mint };
}

describe('a delegated token', () => {
  it('is had with an assertion of the signer for the user, which lives for five minutes', async () => {
    const { signed, exchanged, mint } = setUp();
    await mint(await authorizedDelegation({ grant: { scopes: [DRIVE, BIGQUERY] } }), callContext());
    expect(signed).toEqual([
      {
        account: SIGNER,
        claims: {
          iss: SIGNER,
          sub: ALICE,
          scope: `${DRIVE} ${BIGQUERY}`,
          aud: 'https://oauth2.googleapis.com/token',
          iat: NOW_SECONDS,
          exp: NOW_SECONDS + 300,
        },
      },
    ]);
    expect(exchanged).toEqual([ASSERTION]);
  });

  it('lives for as long as the endpoint says, counted from before it was asked', async () => {
    const { mint } = setUp();
    expect(await mint(await authorizedDelegation(), callContext())).toEqual({
      token: TOKEN,
      expiresAtMs: NOW.getTime() + 999 + 3 * SECOND + 3599 * SECOND,
    });
  });

  it('is not there where the signer does not sign, and the endpoint is not asked', async () => {
    const signing = new Fault('iam_denied');
    const { exchanged, mint } = setUp({ signing });
    await expect(mint(await authorizedDelegation(), callContext())).rejects.toBe(signing);
    expect(exchanged).toEqual([]);
  });

  it('is not there where the endpoint refuses', async () => {
    const exchanging = new Fault('oauth_rejected');
    const { mint } = setUp({ exchanging });
    await expect(mint(await authorizedDelegation(), callContext())).rejects.toBe(exchanging);
  });
});
