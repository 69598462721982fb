import * as fc from '../../support/properties.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AuthorizedGrant } from '../../../shared/grants/authorized-grant.ts';
import { authorizeDelegation, authorizeImpersonation } from '../../../shared/grants/authorize.ts';
import { createConditionEvaluator } from '../../../shared/grants/condition.ts';
import type { Principal } from '../../../shared/identity/principal.ts';
import { createTokenCache } from '../../../shared/minting/token-cache.ts';
import { AccessToken } from '../../../shared/tokens.ts';
import { verifiedWorker } from '../../support/domain/callers.ts';
import { NOW } from '../../support/domain/clock.ts';
import { callContext } from '../../support/domain/contexts.ts';
import {
  accessTokenRequest,
  fleetDocument,
  idTokenRequest,
  instanceDocument,
  question,
} from '../../support/domain/questions.ts';

/** What decides which token it is. */
interface Wanted {
  readonly type: AuthorizedGrant['type'];
  readonly target: string;
  readonly scopes: readonly string[];
  readonly audience: string;
  readonly delegates: readonly string[];
  readonly lifetimeSeconds: number;
  readonly signer: string;
}

/** What says nothing about the token: the document that the grant is in, and the order of its scopes. */
interface Wording {
  readonly isInstances: boolean;
  readonly isReversed: boolean;
}

const EMAILS = [
  'one@p.iam.gserviceaccount.com',
  'two@p.iam.gserviceaccount.com',
  'on@p.iam.gserviceaccount.com',
];
const USERS = ['alice@example.com', 'bob@example.com'];
const evaluateCondition = createConditionEvaluator();

let principal: Principal;
beforeAll(async () => {
  principal = await verifiedWorker();
});

const several = <T>(values: readonly T[], minLength: number) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength, maxLength: 3 });
const account = fc.constantFrom(...EMAILS);
const fields = {
  type: fc.constantFrom<AuthorizedGrant['type'][]>('access_token', 'id_token', 'delegation'),
  /** Texts that run together where they are joined. */
  scopes: fc.constantFrom<(readonly string[])[]>(['a', 'b'], ['b', 'a'], ['a,b'], ['a']),
  audience: fc.constantFrom('a', 'b', 'a,b', '["a"]', 'a","b'),
  delegates: several(EMAILS, 0),
  lifetimeSeconds: fc.constantFrom(900, 3600, 43_200),
  signer: account,
};
const wanted: fc.Arbitrary<Wanted> = fc
  .record({ ...fields, account, user: fc.constantFrom(...USERS) })
  .map(({ account: email, user, ...rest }) => ({
    ...rest,
    target: rest.type === 'delegation' ? user : email,
  }));
const wording: fc.Arbitrary<Wording> = fc.record({ isInstances: fc.boolean(), isReversed: fc.boolean() });

function authorize(want: Wanted, { isInstances, isReversed }: Wording): AuthorizedGrant {
  const { type, target, audience, delegates, lifetimeSeconds, signer } = want;
  const scopes = isReversed ? want.scopes.toReversed() : want.scopes;
  const isUsers = type === 'delegation';
  const grants = isUsers
    ? { [`user:${target}`]: { signer, scopes } }
    : { [`serviceAccount:${target}`]: { scopes, idTokenAudiences: [audience], delegates, lifetimeSeconds } };
  const documents = isInstances
    ? { instance: instanceDocument(grants) }
    : { serviceAccount: fleetDocument(grants) };
  const request = type === 'id_token' ? idTokenRequest({ resource: audience }) : accessTokenRequest();
  const asked = question(principal, request, documents);
  const ceilings = { signers: EMAILS, subjects: USERS, scopes: want.scopes };
  return isUsers
    ? authorizeDelegation(asked, evaluateCondition, ceilings)
    : authorizeImpersonation(asked, evaluateCondition);
}

/** The fields that a token of that type depends on, said in a way that no two lists share. */
function identity({ type, target, scopes, audience, delegates, lifetimeSeconds, signer }: Wanted): unknown {
  switch (type) {
    case 'access_token':
      return { type, target, scopes: scopes.toSorted(), delegates, lifetimeSeconds };
    case 'id_token':
      return { type, target, audience, delegates };
    case 'delegation':
      return { type, target, scopes: scopes.toSorted(), signer };
  }
}

function createCounted() {
  let minted = 0;
  const mint = async () => {
    minted += 1;
    return { token: new AccessToken(`token-${minted}`), expiresAtMs: NOW.getTime() + 3_600_000 };
  };
  return createTokenCache({ mint, budgetMs: 1_000, nowMs: () => NOW.getTime() });
}

const NAMES = Object.keys(fields) as (keyof Wanted)[];
const oneField = fc.constantFrom(...NAMES).map((name) => [name]);

describe('the token cache', () => {
  it('gives one token to two grants exactly where they differ in nothing that a token depends on', async () => {
    const pair = fc
      .tuple(wanted, wanted, fc.oneof(oneField, fc.subarray(NAMES)))
      .map(([first, other, changed]) => {
        const changes = Object.fromEntries(changed.map((field) => [field, other[field]]));
        const second: Wanted = { ...first, ...changes };
        const isSameKind = (first.type === 'delegation') === (second.type === 'delegation');
        return [first, isSameKind ? second : { ...second, target: other.target }] as const;
      })
      .filter(([, { type, target }]) => (type === 'delegation') === USERS.includes(target));
    await fc.assert(
      fc.asyncProperty(pair, wording, wording, fc.boolean(), async ([first, second], how, also, isAtOnce) => {
        const mintOrReuse = createCounted();
        const grants = [authorize(first, how), authorize(second, also)];
        const minted = [];
        if (isAtOnce)
          minted.push(...(await Promise.all(grants.map((grant) => mintOrReuse(grant, callContext())))));
        else for (const grant of grants) minted.push(await mintOrReuse(grant, callContext()));

        const isSame = JSON.stringify(identity(first)) === JSON.stringify(identity(second));
        const [one, two] = minted.map(({ token }) => token.reveal());
        expect(one === two).toBe(isSame);
        expect(minted.map(({ reused }) => reused)).toEqual([false, isSame]);
      }),
      { numRuns: 600 },
    );
  });

  it('gives no token after the shorter of five minutes and a quarter of its life, nor in its last second', async () => {
    const life = fc.oneof(
      fc.integer({ min: 1_000, max: 43_200_000 }),
      fc.constantFrom(1_199_999, 1_200_000, 3_600_000),
    );
    const later = fc.oneof(fc.nat({ max: 400_000 }), fc.constantFrom(299_999, 300_000, 300_001));
    await fc.assert(
      fc.asyncProperty(wanted, wording, life, later, async (want, how, lifeMs, laterMs) => {
        let nowMs = NOW.getTime();
        const mint = async () => ({ token: new AccessToken('x'), expiresAtMs: nowMs + lifeMs });
        const mintOrReuse = createTokenCache({ mint, budgetMs: 1_000, nowMs: () => nowMs });
        await mintOrReuse(authorize(want, how), callContext());
        nowMs += laterMs;
        const { reused } = await mintOrReuse(authorize(want, how), callContext());
        expect(reused).toBe(laterMs < Math.min(300_000, lifeMs / 4, lifeMs - 1_000));
      }),
      { numRuns: 300 },
    );
  });

  it('keeps no more tokens than it may, whatever is asked', async () => {
    const wants = fc.array(wanted, { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(wants, fc.integer({ min: 1, max: 4 }), async (asked, maxTokens) => {
        let isGoogleThere = true;
        const mint = async () => {
          if (!isGoogleThere) throw new Error('nothing is minted while the tokens are counted');
          return { token: new AccessToken('x'), expiresAtMs: NOW.getTime() + 3_600_000 };
        };
        const nowMs = () => NOW.getTime();
        const mintOrReuse = createTokenCache({ mint, budgetMs: 1_000, nowMs, maxTokens });
        const give = (want: Wanted) => mintOrReuse(authorize(want, PLAIN), callContext());
        for (const want of asked) await give(want);

        isGoogleThere = false;
        const different = new Map(asked.map((want) => [JSON.stringify(identity(want)), want]));
        const counted = await Promise.allSettled(Array.from(different.values(), give));
        const kept = counted.filter(({ status }) => status === 'fulfilled').length;
        expect(kept).toBe(Math.min(maxTokens, different.size));
      }),
      { numRuns: 60 },
    );
  });
});

const PLAIN: Wording = { isInstances: false, isReversed: false };
