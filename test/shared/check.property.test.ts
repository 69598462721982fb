/**
 * A check and the exchanges that it speaks of, over generated documents: they come to the same, target by target.
 */

import * as fc from '../support/properties.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../shared/answering.ts';
import type { Decision } from '../../shared/audit.ts';
import { createCheck } from '../../shared/check.ts';
import type { Check } from '../../shared/check-audit.ts';
import { createExchange } from '../../shared/exchange.ts';
import {
  authorizeDelegation,
  authorizeImpersonation,
  type AuthorizationQuestion,
} from '../../shared/grants/authorize.ts';
import type { AuthorizedGrant } from '../../shared/grants/authorized-grant.ts';
import { createConditionEvaluator } from '../../shared/grants/condition.ts';
import type { GrantDocuments } from '../../shared/grants/grant-store.ts';
import type { Principal } from '../../shared/identity/principal.ts';
import { encodeForm, TOKEN_EXCHANGE_GRANT_TYPE, TOKEN_TYPES } from '../../shared/protocol.ts';
import { Refusal } from '../../shared/refusal.ts';
import { AccessToken } from '../../shared/tokens.ts';
import { verifiedWorker, WORKER, WORKER_IDS } from '../support/domain/callers.ts';
import { NOW } from '../support/domain/clock.ts';
import { ALICE, CLOUD_PLATFORM, DRIVE_READONLY, PROJECT_NUMBER } from '../support/world/world.ts';
import { generatedDocuments, toStored } from '../vectors/authorization/generated-documents.ts';
import {
  AUDIENCES_OF_ID_TOKENS,
  MEMBERS,
  mostly,
  SCOPES,
  SIGNERS,
  type Kind,
} from '../vectors/authorization/generated-grants.ts';

const KINDS = ['serviceAccount', 'user'] as const;
const SETTING = { uniqueId: WORKER.uniqueId, ids: WORKER_IDS, nowMs: NOW.getTime() };
const CEILINGS = {
  signers: SIGNERS.slice(0, 1),
  subjects: [ALICE, '@example.com'],
  scopes: [DRIVE_READONLY, CLOUD_PLATFORM],
};
const NOBODY = 'serviceAccount:nobody@acme-data.iam.gserviceaccount.com';

let principal: Principal;
beforeAll(async () => {
  principal = await verifiedWorker();
});

const evaluateCondition = createConditionEvaluator();

/** A function with both endpoints, and what it read, minted and recorded. */
function functionOf(kind: Kind, documents: GrantDocuments, projectNumbers: readonly number[]) {
  const counts = { reads: 0, minted: 0 };
  const reasons: string[] = [];
  const checks: Check[] = [];
  const deciding = {
    kind,
    budgetMs: 10_000,
    projectNumbers,
    verify: async () => principal,
    grants: {
      find: async () => {
        counts.reads += 1;
        return documents;
      },
    },
    authorize: (question: AuthorizationQuestion): AuthorizedGrant =>
      kind === 'user'
        ? authorizeDelegation(question, evaluateCondition, CEILINGS)
        : authorizeImpersonation(question, evaluateCondition),
    nowMs: () => NOW.getTime(),
  };
  const exchange = createExchange({
    ...deciding,
    mint: async () => {
      counts.minted += 1;
      return { token: new AccessToken('minted'), expiresAtMs: NOW.getTime() + 900_000, reused: false };
    },
    record: ({ error }: Decision) => void reasons.push(reasonOf(error)),
  });
  const check = createCheck({ ...deciding, record: (one) => void checks.push(one) });
  return { exchange, check, counts, reasons, checks };
}

function reasonOf(error: unknown): string {
  if (error === undefined) return 'granted';
  return error instanceof Error && 'reason' in error ? String(error.reason) : 'internal';
}

function ask(endpoint: Endpoint, parameters: Readonly<Record<string, string>>) {
  const body = encodeForm({
    grant_type: TOKEN_EXCHANGE_GRANT_TYPE,
    subject_token: 'a.b.c',
    subject_token_type: TOKEN_TYPES.idToken,
    ...parameters,
  });
  return endpoint({ receive: async () => body, receivedAt: performance.now(), trace: undefined });
}

/** What a check has to say of an exchange that was answered so. */
function decisionOf({ status, body }: Awaited<ReturnType<Endpoint>>): string {
  if (status === 200) return 'yes';
  const code = 'error' in body ? body.error : '';
  return code === 'invalid_target' || code === 'invalid_scope' ? 'no' : 'fault';
}

const anyTarget = fc.constantFrom(...MEMBERS.serviceAccount, ...MEMBERS.user, NOBODY);
const targetsOf = (kind: Kind) =>
  fc
    .tuple(
      fc.subarray(MEMBERS[kind], { minLength: 1 }),
      fc.uniqueArray(anyTarget, { maxLength: 4 }),
      fc.boolean(),
    )
    .map(([own, others, isReversed]) => {
      const targets = [...new Set([...own, ...others])];
      return isReversed ? targets.toReversed() : targets;
    });

const wantedOf = (kind: Kind): fc.Arbitrary<Readonly<Record<string, string>>> => {
  const scope = mostly(
    fc.constant({}),
    fc
      .uniqueArray(fc.constantFrom(...SCOPES), { minLength: 1, maxLength: 3 })
      .map((scopes) => ({ scope: scopes.join(' ') })),
    2,
  );
  const accessToken = fc.tuple(
    scope,
    mostly(fc.constant({}), fc.constant({ resource: 'https://x.example' })),
  );
  const idToken = fc.tuple(
    scope,
    fc.constantFrom(...AUDIENCES_OF_ID_TOKENS, '').map((resource) => ({ resource })),
    fc.constant({ requested_token_type: TOKEN_TYPES.idToken }),
  );
  const either = kind === 'user' ? accessToken : fc.oneof(accessToken, accessToken, idToken);
  return either.map((parts) => Object.assign({}, ...parts) as Readonly<Record<string, string>>);
};

const projects = mostly(fc.constantFrom<readonly number[]>([], [PROJECT_NUMBER]), fc.constant([1]), 20);

describe.each(KINDS)('for a %s', (kind) => {
  it('a check says yes where an exchange would mint, no where it would refuse, and fault where it would fail', async () => {
    const seen: Record<string, number> = { yes: 0, no: 0, fault: 0 };
    const documents = generatedDocuments(SETTING).map((written) => toStored(written, SETTING));
    await fc.assert(
      fc.asyncProperty(
        documents,
        targetsOf(kind),
        wantedOf(kind),
        projects,
        async (stored, targets, wanted, numbers) => {
          const { exchange, check, counts, reasons, checks } = functionOf(kind, stored, numbers);
          const answer = await ask(check, { ...wanted, audience: targets.join(' ') });
          expect(answer.status).toBe(200);
          expect(counts).toEqual({ reads: numbers[0] === 1 ? 0 : 1, minted: 0 });

          const exchanges = [];
          for (const target of targets) exchanges.push(await ask(exchange, { ...wanted, audience: target }));
          const decisions = exchanges.map((one, index) => ({
            target: targets[index],
            decision: decisionOf(one),
          }));
          expect(answer.body).toEqual({ decisions });
          expect(counts.minted).toBe(decisions.filter(({ decision }) => decision === 'yes').length);
          expect(checks).toHaveLength(1);
          expect(checks[0]?.findings.checked?.map(({ error }) => reasonOf(error))).toEqual(reasons);
          for (const { decision } of decisions) seen[decision] = (seen[decision] ?? 0) + 1;
        },
      ),
      { numRuns: 1000 },
    );
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(100);
  });
});

describe('a check', () => {
  it('answers any body with a decision for each target or with a refusal, and leaves one audit line', async () => {
    const good = ['subject_token=good', 'subject_token_type=urn:ietf:params:oauth:token-type:id_token'];
    const malformed = fc.constantFrom('', 'x', 'user:*', '%FF', '+', '%00');
    const audience = fc
      .array(mostly(anyTarget, malformed), { minLength: 1, maxLength: 3 })
      .map((targets) => `audience=${targets.join('+')}`);
    const parameter = fc.oneof(
      audience,
      fc.constantFrom(...good, 'scope=openid', 'scope=%22', 'actor_token=x', '__proto__=x', 'grant_type=x'),
    );
    const body = fc.oneof(
      fc
        .tuple(audience, mostly(fc.constant([]), fc.array(parameter, { maxLength: 2 }), 1))
        .map(([own, more]) => [...good, own, ...more].join('&')),
      fc.array(parameter, { maxLength: 5 }).map((parts) => parts.join('&')),
      fc.string({ unit: 'binary' }),
    );
    const none = { instance: undefined, serviceAccount: undefined, killSwitch: undefined };
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        const { check, checks } = functionOf('serviceAccount', none, []);
        const { status, body: answer } = await check({
          receive: async () => text,
          receivedAt: performance.now(),
          trace: undefined,
        });
        expect(checks).toHaveLength(1);
        expect([200, 400]).toContain(status);
        expect('decisions' in answer).toBe(status === 200);
        expect(checks[0]?.error instanceof Refusal).toBe(status === 400);
        answered += status === 200 ? 1 : 0;
      }),
      { numRuns: 500 },
    );
    expect(answered).toBeGreaterThan(50);
  });
});
