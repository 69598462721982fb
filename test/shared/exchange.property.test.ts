import * as fc from '../support/properties.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../shared/answering.ts';
import type { Decision } from '../../shared/audit.ts';
import { createExchange, type ExchangeSteps } from '../../shared/exchange.ts';
import { authorizeImpersonation } from '../../shared/grants/authorize.ts';
import type { AuthorizedImpersonation } from '../../shared/grants/authorized-grant.ts';
import { createConditionEvaluator } from '../../shared/grants/condition.ts';
import type { Principal } from '../../shared/identity/principal.ts';
import { createTokenCache } from '../../shared/minting/token-cache.ts';
import { Refusal } from '../../shared/refusal.ts';
import { AccessToken } from '../../shared/tokens.ts';
import { verifiedWorker } from '../support/domain/callers.ts';
import { NOW } from '../support/domain/clock.ts';
import { fleetDocument, TRAINER_GRANT, TRAINER_MEMBER } from '../support/domain/questions.ts';

let principal: Principal;
beforeAll(async () => {
  principal = await verifiedWorker();
});

type Steps = ExchangeSteps<AuthorizedImpersonation>;

function vending(
  overrides: Partial<Steps>,
  grant: object = {},
): { readonly exchange: Endpoint; readonly recorded: Decision[] } {
  const recorded: Decision[] = [];
  const evaluateCondition = createConditionEvaluator();
  const documents = {
    serviceAccount: fleetDocument({ [TRAINER_MEMBER]: { ...TRAINER_GRANT, ...grant } }),
    instance: undefined,
    killSwitch: undefined,
  };
  const steps: Steps = {
    kind: 'serviceAccount',
    budgetMs: 1_000,
    projectNumbers: [],
    verify: async (token) => {
      if (token.reveal() === 'good') return principal;
      throw new Refusal('token_malformed');
    },
    grants: { find: async () => documents },
    authorize: (question) => authorizeImpersonation(question, evaluateCondition),
    mint: async () => ({
      token: new AccessToken('minted'),
      expiresAtMs: NOW.getTime() + 900_000,
      reused: false,
    }),
    record: (decision) => void recorded.push(decision),
    nowMs: () => NOW.getTime(),
    ...overrides,
  };
  return { exchange: createExchange(steps), recorded };
}

const received = (body: string) => ({
  receive: async () => body,
  receivedAt: performance.now(),
  trace: undefined,
});
const GOOD =
  'grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token=good&subject_token_type=urn:ietf:params:oauth:token-type:id_token';

describe('an exchange', () => {
  it('answers any body with a token or with a refusal, and leaves one audit line', async () => {
    const parameter = fc.constantFrom(
      ...GOOD.split('&'),
      `audience=${TRAINER_MEMBER}`,
      'audience=user:alice@example.com',
      'audience=%FF',
      'scope=openid',
      'scope=%22',
      'resource=https://api.example.com',
      'requested_token_type=urn:ietf:params:oauth:token-type:id_token',
      'actor_token=x',
      '__proto__=x',
      'x',
    );
    const body = fc.oneof(
      fc
        .shuffledSubarray(GOOD.split('&'), { minLength: 2 })
        .chain((own) => fc.array(parameter, { maxLength: 2 }).map((more) => [...own, ...more].join('&'))),
      fc.array(parameter, { maxLength: 5 }).map((parts) => parts.join('&')),
      fc.string({ unit: 'binary' }),
    );
    const { exchange, recorded } = vending({});
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        recorded.length = 0;
        const { status, body: answer } = await exchange(received(text));
        expect(recorded).toHaveLength(1);
        expect([200, 400]).toContain(status);
        expect('access_token' in answer).toBe(status === 200);
        expect(recorded[0]?.error === undefined).toBe(status === 200);
      }),
      { numRuns: 300 },
    );
  });

  it('answers whatever a step throws with an error, and leaves one audit line', async () => {
    const thrown = fc.oneof(
      fc.constantFrom<unknown>(
        undefined,
        null,
        0,
        'text',
        {},
        new Error('x'),
        new TypeError('x'),
        new Refusal('no_grant'),
      ),
      fc.constantFrom<unknown>(Object.create(null), new Proxy({}, {}), Symbol('x'), () => undefined),
    );
    const step = fc.constantFrom('verify', 'grants', 'authorize', 'mint');
    await fc.assert(
      fc.asyncProperty(step, thrown, async (name, error) => {
        const fail = () => {
          throw error;
        };
        const failing: Partial<Steps> = name === 'grants' ? { grants: { find: fail } } : { [name]: fail };
        const { exchange, recorded } = vending(failing);
        const { status, body } = await exchange(received(GOOD));
        expect(recorded).toHaveLength(1);
        expect(status).toBe(error instanceof Refusal ? 400 : 500);
        expect(body).not.toHaveProperty('access_token');
      }),
      { numRuns: 200 },
    );
  });

  it('promises a whole number of seconds above 0, and none that the token does not have', async () => {
    const lifeMs = fc.oneof(
      fc.integer({ min: -1000, max: 5000 }),
      fc.constantFrom(999, 1000, 1001, 1999, 900_000),
    );
    const spentMs = fc.constantFrom(0, 1, 500, 999, 1000);
    await fc.assert(
      fc.asyncProperty(lifeMs, spentMs, async (life, spent) => {
        let nowMs = NOW.getTime();
        const mint = createTokenCache<AuthorizedImpersonation>({
          mint: async () => {
            nowMs += spent;
            return { token: new AccessToken('minted'), expiresAtMs: NOW.getTime() + life };
          },
          budgetMs: 1_000,
          nowMs: () => nowMs,
        });
        const { exchange } = vending({ mint, nowMs: () => nowMs });
        const { status, body } = await exchange(received(GOOD));
        const promised = 'expires_in' in body ? body.expires_in : undefined;
        const isHonest = promised !== undefined && promised >= 1 && promised * 1000 <= life - spent;
        expect({
          status,
          promised,
          isRight: status === 200 ? isHonest : promised === undefined,
        }).toMatchObject({
          isRight: true,
        });
      }),
      { numRuns: 300 },
    );
  });

  it('promises no second beyond the expiry of the grant', async () => {
    const leftMs = fc.oneof(
      fc.integer({ min: -2000, max: 10_000 }),
      fc.integer({ min: 800_000, max: 4_000_000 }),
    );
    await fc.assert(
      fc.asyncProperty(leftMs, async (left) => {
        const nowMs = NOW.getTime();
        const mint: Steps['mint'] = async (grant) => {
          const seconds = grant.type === 'access_token' ? grant.lifetimeSeconds : 3600;
          return { token: new AccessToken('minted'), expiresAtMs: nowMs + seconds * 1000, reused: false };
        };
        const { exchange } = vending({ mint }, { expiresAt: new Date(nowMs + left) });
        const { status, body } = await exchange(received(GOOD));
        expect(status).toBe(left < 1000 ? 400 : 200);
        expect('expires_in' in body ? body.expires_in : 0).toBe(
          left < 1000 ? 0 : Math.min(3600, Math.floor(left / 1000)),
        );
      }),
      { numRuns: 200 },
    );
  });
});
