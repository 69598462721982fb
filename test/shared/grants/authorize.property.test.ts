import * as fc from '../../support/properties.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ExchangeRequest } from '../../../shared/exchange-request.ts';
import { authorizeDelegation, authorizeImpersonation } from '../../../shared/grants/authorize.ts';
import type { AuthorizedGrant } from '../../../shared/grants/authorized-grant.ts';
import { createConditionEvaluator } from '../../../shared/grants/condition.ts';
import { decodeDocuments } from '../../../shared/grants/decoded-documents.ts';
import type { GrantDocuments } from '../../../shared/grants/grant-store.ts';
import type { Principal } from '../../../shared/identity/principal.ts';
import { parseMember } from '../../../shared/member.ts';
import { IdentityToken } from '../../../shared/tokens.ts';
import { verifiedWorker, WORKER, WORKER_IDS } from '../../support/domain/callers.ts';
import { NOW } from '../../support/domain/clock.ts';
import { ALICE, CLOUD_PLATFORM, DRIVE_READONLY } from '../../support/world/world.ts';
import { attempt, reasonOf, type Attempt } from '../../vectors/attempt.ts';
import { expectedDecision, type Ask, type Caller } from '../../vectors/authorization/expected-decision.ts';
import { excesses } from '../../vectors/authorization/excesses.ts';
import { isWithin, RESTRICTIONS, STOPS } from '../../vectors/authorization/stricter-documents.ts';
import { generatedDocuments, toStored } from '../../vectors/authorization/generated-documents.ts';
import {
  AUDIENCES_OF_ID_TOKENS,
  MEMBERS,
  SCOPES,
  SIGNERS,
  type Kind,
} from '../../vectors/authorization/generated-grants.ts';

const KINDS = ['serviceAccount', 'user'] as const;
const CEILINGS = {
  signers: SIGNERS.slice(0, 1),
  subjects: [ALICE, '@example.com'],
  scopes: [DRIVE_READONLY, CLOUD_PLATFORM],
};
const SETTING = { uniqueId: WORKER.uniqueId, ids: WORKER_IDS, nowMs: NOW.getTime() };
const { serviceAccount, instance } = WORKER;
const CALLER: Caller = { ...SETTING, ...instance, serviceAccount, confidential: false };

let principal: Principal;
beforeAll(async () => {
  principal = await verifiedWorker();
});

const evaluateCondition = createConditionEvaluator();

function authorize(kind: Kind, ask: Ask, documents: GrantDocuments): Attempt<AuthorizedGrant> {
  const { target, ...rest } = ask;
  const request: ExchangeRequest = {
    ...rest,
    subjectToken: new IdentityToken('x'),
    target: target === undefined ? undefined : parseMember(target),
  };
  const question = { principal, request, documents: decodeDocuments(documents), now: NOW };
  return attempt<AuthorizedGrant>(() =>
    kind === 'user'
      ? authorizeDelegation(question, evaluateCondition, CEILINGS)
      : authorizeImpersonation(question, evaluateCondition),
  );
}

const optionally = <T>(value: fc.Arbitrary<T>, freq: number) => fc.option(value, { nil: undefined, freq });

/** Of most requests something can come. */
const askOf = (kind: Kind): fc.Arbitrary<Ask> => {
  const common = {
    target: optionally(
      fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom(...MEMBERS[kind].slice(0, 1)) },
        { weight: 1, arbitrary: fc.constantFrom(...MEMBERS.serviceAccount, ...MEMBERS.user) },
      ),
      4,
    ),
    scopes: optionally(fc.uniqueArray(fc.constantFrom(...SCOPES), { minLength: 1, maxLength: 3 }), 2),
  };
  const resource = fc.constantFrom(...AUDIENCES_OF_ID_TOKENS, 'https://nobody.example');
  const none = fc.constant(undefined);
  const accessToken = fc.record({
    ...common,
    tokenType: fc.constant('access_token' as const),
    resource: fc.oneof({ weight: 12, arbitrary: none }, { weight: 1, arbitrary: resource }),
  });
  const idToken = fc.record({
    ...common,
    tokenType: fc.constant('id_token' as const),
    resource: optionally(resource, 12),
  });
  return kind === 'user' ? accessToken : fc.oneof(accessToken, accessToken, idToken);
};
const generated = generatedDocuments(SETTING);

describe.each(KINDS)('authorization for a %s', (kind) => {
  const ask = askOf(kind);

  it('decides as its rules say, in their order', () => {
    let grants = 0;
    fc.assert(
      fc.property(ask, generated, (asked, written) => {
        const outcome = authorize(kind, asked, toStored(written, SETTING));
        const expected = expectedDecision(kind, CALLER, asked, written, CEILINGS);
        const { granted, reasons = ['granted'] } = { granted: undefined, reasons: undefined, ...expected };
        expect('value' in outcome ? outcome.value : undefined).toEqual(granted);
        expect(reasons).toContain(reasonOf(outcome));
        grants += 'value' in outcome ? 1 : 0;
      }),
      { numRuns: 3000 },
    );
    expect(grants).toBeGreaterThan(300);
  });

  it('never gives more than is stored and asked for', () => {
    fc.assert(
      fc.property(ask, generated, (asked, written) => {
        const documents = toStored(written, SETTING);
        const outcome = authorize(kind, asked, documents);
        const situation = { caller: CALLER, ceilings: CEILINGS, asked, documents };
        expect('value' in outcome ? excesses(outcome.value, situation) : []).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it('never gives more after a document was made stricter', () => {
    fc.assert(
      fc.property(ask, generated, fc.constantFrom(...RESTRICTIONS), (asked, written, [, restrict]) => {
        const before = authorize(kind, asked, toStored(written, SETTING));
        const after = authorize(kind, asked, restrict(written, SETTING));
        expect(isWithin(after, before)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('grants nothing after what stops everything', () => {
    fc.assert(
      fc.property(ask, generated, fc.constantFrom(...STOPS), (asked, written, [, stop]) => {
        expect(reasonOf(authorize(kind, asked, stop(written, SETTING)))).not.toBe('granted');
      }),
      { numRuns: 1000 },
    );
  });

  it('throws nothing but refusals and faults of arbitrary documents', () => {
    const names = ['uniqueId', 'disabled', 'expiresAt', 'grants', 'engaged', 'targets', 'principals', 'x'];
    const grantNames = ['scopes', 'signer', 'delegates', 'condition', 'lifetimeSeconds', 'idTokenAudiences'];
    const anything = fc.anything({
      maxDepth: 2,
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSparseArray: true,
    });
    const grant = fc.oneof(anything, fc.dictionary(fc.constantFrom(...grantNames), anything, { maxKeys: 3 }));
    const grants = fc.dictionary(fc.constantFrom(...MEMBERS[kind], '__proto__', 'x'), grant, { maxKeys: 3 });
    const value = fc.oneof(anything, grants);
    const data = fc.oneof(
      anything,
      fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 4 }),
      fc.record({ uniqueId: fc.constant(CALLER.uniqueId), grants }),
      fc.record({ grants }),
    );
    const document = (path: string) =>
      optionally(
        data.map((one) => ({ path, data: one })),
        3,
      );
    const arbitrary = fc.record({
      instance: document(`principals/${WORKER_IDS.instance}`),
      serviceAccount: document(`principals/${WORKER_IDS.serviceAccount}`),
      killSwitch: fc.oneof(
        { weight: 4, arbitrary: fc.constant(undefined) },
        document('controls/kill-switch'),
      ),
    });
    fc.assert(
      fc.property(ask, arbitrary, (asked, documents) => {
        const outcome = authorize(kind, asked, documents);
        const situation = { caller: CALLER, ceilings: CEILINGS, asked, documents };
        expect('value' in outcome ? excesses(outcome.value, situation) : []).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});
