import * as fc from '../../support/properties.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { createReplay, type Replayed } from '../../../admin/audit/replay.ts';
import { isDecision, recordedIn, type Decision, type Recorded } from '../../../admin/audit/recorded.ts';
import { textOfDocument } from '../../../admin/documents/document-text.ts';
import { createConditionEvaluator } from '../../../shared/grants/condition.ts';
import type { GrantDocuments } from '../../../shared/grants/grant-store.ts';
import type { Principal } from '../../../shared/identity/principal.ts';
import { verifiedWorker, WORKER, WORKER_IDS } from '../../support/domain/callers.ts';
import { NOW } from '../../support/domain/clock.ts';
import { CLOUD_PLATFORM, DRIVE_READONLY } from '../../support/world/world.ts';
import { generatedDocuments, toStored } from '../../vectors/authorization/generated-documents.ts';
import {
  AUDIENCES_OF_ID_TOKENS,
  MEMBERS,
  SCOPES,
  SIGNERS,
  type Kind,
} from '../../vectors/authorization/generated-grants.ts';
import { audited, logEntry, type Asked, type Exchanged } from './logged.ts';

const ceilings = { signers: SIGNERS, subjects: ['@example.com'], scopes: [DRIVE_READONLY, CLOUD_PLATFORM] };
const setting = { uniqueId: WORKER.uniqueId, ids: WORKER_IDS, nowMs: NOW.getTime() };
const evaluateCondition = createConditionEvaluator();

/** A grants file stops nobody. */
const stored = generatedDocuments(setting).map((written): GrantDocuments => ({
  ...toStored(written, setting),
  killSwitch: undefined,
}));

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
/** Mostly for what the function of that kind is for. */
const askedOf = (kind: Kind) =>
  fc.record({
    audience: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...MEMBERS[kind]) },
      { weight: 2, arbitrary: fc.constantFrom(...MEMBERS.serviceAccount, ...MEMBERS.user, undefined) },
    ),
    scope: maybe(fc.constantFrom(...SCOPES)),
    resource: fc.option(fc.constantFrom(...AUDIENCES_OF_ID_TOKENS), { nil: undefined, freq: 1 }),
    isIdToken: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.boolean() }),
  });

function isToldAll({ scope, resource }: Asked): boolean {
  return scope === undefined && resource === undefined;
}

async function decisionOf(exchanged: Exchanged): Promise<Recorded<Decision>> {
  const recorded = recordedIn(logEntry(await audited(exchanged)));
  if (recorded === undefined || recorded === 'broken' || !isDecision(recorded))
    throw new Error('no decision');
  return recorded;
}

function replayed(recorded: Recorded<Decision>, { instance, serviceAccount }: GrantDocuments): Replayed {
  const documents = new Map(
    [instance, serviceAccount].flatMap((one) =>
      one === undefined ? [] : [[one.path.slice('principals/'.length), textOfDocument(one.data)] as const],
    ),
  );
  const options = {
    documents,
    evaluateCondition,
    projectNumbers: [],
    knowsCeilings: true,
    ceilingsFor: () => ceilings,
    now: NOW,
  };
  return createReplay(options)(recorded);
}

describe('a decision that is replayed', () => {
  let principal: Principal;
  beforeAll(async () => {
    principal = await verifiedWorker();
  });

  it.each(['serviceAccount', 'user'] as const)(
    'against the documents of then comes out the same, or nobody can tell (%s)',
    { timeout: 120_000 },
    async (kind) => {
      const seen = new Set<string>();
      await fc.assert(
        fc.asyncProperty(stored, askedOf(kind), async (documents, wanted) => {
          const recorded = await decisionOf({ kind, documents, ceilings, asked: wanted, principal });
          const { kind: outcome } = replayed(recorded, documents);
          seen.add(outcome);
          const isGranted = recorded.event.outcome === 'granted';
          const others = isGranted ? [] : ['elsewhere', ...(isToldAll(wanted) ? [] : ['granted'])];
          expect(['same', 'unknown', ...others]).toContain(outcome);
        }),
        { numRuns: 1000 },
      );
      expect(seen.has('same')).toBe(true);
    },
  );

  it.each(['serviceAccount', 'user'] as const)(
    'against others comes out as the function would decide by them (%s)',
    { timeout: 120_000 },
    async (kind) => {
      const seen = new Set<string>();
      await fc.assert(
        fc.asyncProperty(stored, stored, askedOf(kind), async (before, after, wanted) => {
          const then = await decisionOf({ kind, documents: before, ceilings, asked: wanted, principal });
          const now = await decisionOf({ kind, documents: after, ceilings, asked: wanted, principal });
          const { kind: outcome } = replayed(then, after);
          const change = `${then.event.outcome === 'granted'} ${now.event.outcome === 'granted'}`;
          seen.add(`${change} ${outcome}`);
          const expected = {
            // the only target of then may be another now
            'true true': ['same', 'less', 'unknown', ...(wanted.audience === undefined ? ['refused'] : [])],
            // nor whether the caller's only target was named; of two it has to be
            'true false': ['refused', 'less', 'unknown', ...(wanted.audience === undefined ? ['same'] : [])],
            'false true': ['granted', 'unknown'],
            // which scopes, and which audience, a refused caller asked for is not in the log
            'false false': ['same', 'unknown', 'elsewhere', ...(isToldAll(wanted) ? [] : ['granted'])],
          }[change];
          expect(expected).toContain(outcome);
        }),
        { numRuns: 2000 },
      );
      const met = ['true false refused', 'false true granted', 'false false same'];
      expect(met.filter((one) => !seen.has(one))).toEqual([]);
    },
  );
});
