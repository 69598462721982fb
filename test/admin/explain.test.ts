import * as fc from '../support/properties.ts';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clausesOf } from '../../admin/explain/clauses.ts';
import { decide } from '../../admin/explain/decide.ts';
import { supposedPrincipal } from '../../admin/documents/supposed-principal.ts';
import { documentOfText, textOfDocument } from '../../admin/documents/document-text.ts';
import { createExchange } from '../../shared/exchange.ts';
import {
  authorizeDelegation,
  authorizeImpersonation,
  type AuthorizationQuestion,
} from '../../shared/grants/authorize.ts';
import type { AuthorizedGrant } from '../../shared/grants/authorized-grant.ts';
import { createConditionEvaluator } from '../../shared/grants/condition.ts';
import type { GrantDocuments } from '../../shared/grants/grant-store.ts';
import { encodeForm, TOKEN_EXCHANGE_GRANT_TYPE, TOKEN_TYPES } from '../../shared/protocol.ts';
import { AccessToken } from '../../shared/tokens.ts';
import type { Principal } from '../../shared/identity/principal.ts';
import { verifiedWorker, WORKER, WORKER_IDS, workerToken } from '../support/domain/callers.ts';
import { NOW } from '../support/domain/clock.ts';
import { describeWithFirestore } from '../support/firestore/describe-with-firestore.ts';
import {
  createDocumentWriter,
  type DocumentData,
  type DocumentWriter,
} from '../support/firestore/documents.ts';
import { ALICE, CLOUD_PLATFORM, DRIVE_READONLY, PROJECT_NUMBER } from '../support/world/world.ts';
import { generatedDocuments, toStored } from '../vectors/authorization/generated-documents.ts';
import {
  AUDIENCES_OF_ID_TOKENS,
  MEMBERS,
  SCOPES,
  SIGNERS,
  type Kind,
} from '../vectors/authorization/generated-grants.ts';
import { createDesk, createFolder, type Desk, type Folder } from './desk.ts';
import { READ, target } from './grants-texts.ts';

const CEILINGS = {
  signers: SIGNERS.slice(0, 1),
  subjects: [ALICE, '@example.com'],
  scopes: [DRIVE_READONLY, CLOUD_PLATFORM],
};
const NOBODY = 'serviceAccount:nobody@acme-data.iam.gserviceaccount.com';
const evaluateCondition = createConditionEvaluator();

interface Asked {
  readonly audience: string | undefined;
  readonly scope: string | undefined;
  readonly resource: string | undefined;
  readonly isIdToken: boolean;
}

/** The reason in the audit line of a function. */
async function reasonOfFunction(
  kind: Kind,
  principal: Principal,
  documents: GrantDocuments,
  projectNumbers: readonly number[],
  { audience, scope, resource, isIdToken }: Asked,
): Promise<string> {
  const reasons: string[] = [];
  const exchange = createExchange({
    kind,
    budgetMs: 10_000,
    projectNumbers,
    verify: async () => principal,
    grants: { find: async () => documents },
    authorize: (question: AuthorizationQuestion): AuthorizedGrant =>
      kind === 'user'
        ? authorizeDelegation(question, evaluateCondition, CEILINGS)
        : authorizeImpersonation(question, evaluateCondition),
    nowMs: () => NOW.getTime(),
    mint: async () => ({
      token: new AccessToken('minted'),
      expiresAtMs: NOW.getTime() + 900_000,
      reused: false,
    }),
    record: ({ error }) =>
      void reasons.push(
        error === undefined
          ? 'granted'
          : error instanceof Error && 'reason' in error
            ? String(error.reason)
            : 'internal',
      ),
  });
  const body = encodeForm({
    grant_type: TOKEN_EXCHANGE_GRANT_TYPE,
    subject_token: 'a.b.c',
    subject_token_type: TOKEN_TYPES.idToken,
    requested_token_type: isIdToken ? TOKEN_TYPES.idToken : TOKEN_TYPES.accessToken,
    ...(audience !== undefined && { audience }),
    ...(scope !== undefined && { scope }),
    ...(resource !== undefined && { resource }),
  });
  await exchange({ receive: async () => body, receivedAt: performance.now(), trace: undefined });
  return reasons.join();
}

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const asked = fc.record({
  audience: maybe(
    fc.constantFrom(
      ...MEMBERS.serviceAccount,
      ...MEMBERS.user,
      NOBODY,
      'user:*',
      `//iam.googleapis.com/${MEMBERS.user[0]}`,
    ),
  ),
  scope: maybe(fc.constantFrom(...SCOPES, 'openid', SCOPES.join(' '), '"')),
  resource: maybe(fc.constantFrom(...AUDIENCES_OF_ID_TOKENS, 'https://x.example')),
  isIdToken: fc.boolean(),
});

describe('explain', () => {
  let worker: Principal;
  beforeAll(async () => {
    worker = await verifiedWorker();
  });

  it.each(['serviceAccount', 'user'] as const)(
    'says what the function for a %s says, reason included',
    { timeout: 120_000 },
    async (kind) => {
      const setting = { uniqueId: WORKER.uniqueId, ids: WORKER_IDS, nowMs: NOW.getTime() };
      const projects = fc.constantFrom<readonly number[]>([], [], [], [PROJECT_NUMBER], [1]);
      const instance = fc.record({
        zone: fc.constantFrom('us-central1-a', 'europe-west4-b'),
        name: fc.constantFrom('worker-1', 'other'),
      });
      const seen = new Set<string>();
      await fc.assert(
        fc.asyncProperty(
          generatedDocuments(setting),
          asked,
          projects,
          instance,
          async (written, wanted, projectNumbers, vm) => {
            const documents = toStored(written, setting);
            // as they come out of the desk's database
            const read = Object.fromEntries(
              Object.entries(documents).map(([name, one]) => [
                name,
                one && { ...one, data: documentOfText(textOfDocument(one.data)) },
              ]),
            ) as unknown as GrantDocuments;
            const { serviceAccount, uniqueId } = worker;
            const principal = supposedPrincipal({
              serviceAccount,
              uniqueId,
              instance: { ...worker.instance, ...vm },
            });
            const { reason } = decide(principal, { kind, ...wanted }, read, {
              evaluateCondition,
              projectNumbers,
              ceilings: CEILINGS,
              now: NOW,
            });
            seen.add(reason);
            expect(reason).toBe(await reasonOfFunction(kind, principal, documents, projectNumbers, wanted));
          },
        ),
        { numRuns: 5000 },
      );
      expect(seen.size).toBeGreaterThan(12);
    },
  );

  it.each([
    ['a && b', ['a', 'b']],
    ["a == 'x && y' && b", ["a == 'x && y'", 'b']],
    ['(a && b) && c', ['(a && b)', 'c']],
    ['a && b || c', ['a && b || c']],
    ["a == '\\'&&' && b", ["a == '\\'&&'", 'b']],
    ['a', ['a']],
  ])('takes %s for the clauses %j', (condition, clauses) => {
    expect(clausesOf(condition)).toEqual(clauses);
  });
});

describeWithFirestore('explain, about what is stored,', ({ emulator, projectId }) => {
  let desk: Desk;
  let documents: DocumentWriter;
  let folder: Folder;
  beforeEach(() => {
    desk = createDesk({ projectId, now: NOW });
    documents = createDocumentWriter(emulator(), { projectId });
    folder = createFolder();
  });
  afterEach(async () => {
    folder.remove();
    await emulator().clear(projectId);
  });

  const grant = (more: DocumentData = {}) => ({ [target('trainer')]: { scopes: [READ], ...more } });
  const store = (grants: DocumentData, more: DocumentData = {}) =>
    documents.set(`principals/${WORKER_IDS.serviceAccount}`, { uniqueId: WORKER.uniqueId, grants, ...more });
  const ask = (member: string, ...flags: readonly string[]) => {
    const file = folder.write('token', workerToken().reveal());
    return desk('explain', member, '--token-file', file, ...flags);
  };

  it('grants what is granted, and says by which document', async () => {
    await store(grant());
    const { out, exitCode } = await ask(target('trainer'));
    expect(out).toContain(
      `granted: ${WORKER.serviceAccount} on worker-1 for ${target('trainer')}\n  by principals/${WORKER_IDS.serviceAccount}\n  scopes ${READ}\n  for 3600 s\n`,
    );
    expect(out).toContain(`read principals/${WORKER_IDS.instance}: not stored`);
    expect(exitCode).toBe(0);
  });

  it.each<[string, DocumentData, readonly string[], readonly string[]]>([
    ['no_grant', { grants: grant() }, [target('trainr')], [`nearest is ${target('trainer')}`]],
    [
      'condition_false',
      {
        grants: grant({
          condition: "instance.projectNumber == 326694433618 && instance.zone.startsWith('europe-')",
        }),
      },
      [target('trainer')],
      [
        "false is instance.zone.startsWith('europe-')",
        'instance.zone is "us-central1-a"',
        'with instance.zone "europe-',
        '", for one, it would pass',
      ],
    ],
    [
      'condition_false',
      { grants: grant({ condition: "instance.zone == 'europe-west4-b' && instance.name == 'batch-7'" }) },
      [target('trainer')],
      ['with instance.zone "europe-west4-b", for one, that part would pass'],
    ],
    [
      'condition_false',
      { grants: grant({ condition: 'instance.projectNumber in [7, 8]' }) },
      [target('trainer')],
      ['with instance.projectNumber 7, for one, it would pass'],
    ],
    [
      'condition_false',
      { grants: grant({ condition: "request.time - instance.createdAt < duration('1s')" }) },
      [target('trainer')],
      [`with instance.createdAt ${NOW.toISOString()}, for one, it would pass`],
    ],
    [
      'condition_false',
      { grants: grant({ condition: "request.time > timestamp('2090-01-01T00:00:00Z')" }) },
      [target('trainer')],
      ['with request.time 2090-01-01T00:00:01.000Z, for one, it would pass'],
    ],
    [
      'scope_not_granted',
      { grants: grant() },
      [target('trainer'), '--scope', 'openid'],
      [`asked for openid; granted are ${READ}`],
    ],
    [
      'principal_pin_mismatch',
      { uniqueId: '109422233875895820599', grants: grant() },
      [target('trainer')],
      ['is pinned to 109422233875895820599'],
    ],
    [
      'grant_expired',
      { grants: grant({ expiresAt: new Date('2026-01-01T00:00:00Z') }) },
      [target('trainer')],
      ['has expired at 2026-01-01T00:00:00.000Z'],
    ],
    [
      'principal_disabled',
      { disabled: true, grants: grant() },
      [target('trainer')],
      ['take disabled out of'],
    ],
    [
      'resource_not_granted',
      { grants: grant() },
      [target('trainer'), '--id-token-audience', 'https://a.example'],
      ['granted are none'],
    ],
    [
      'project_not_allowed',
      { grants: grant() },
      [target('trainer'), '--project-numbers', '1'],
      ['the caller is of project 326694433618; allowed are 1'],
    ],
    [
      'target_kind_mismatch',
      { grants: grant() },
      [target('trainer'), '--function', 'delegate'],
      ['ask impersonate for it'],
    ],
    ['document_malformed', { grants: grant({ scope: 'x' }) }, [target('trainer')], ['scope is not a field']],
  ])('refuses with %s, and says what would have passed', async (reason, fields, words, hints) => {
    await store({}, fields);
    const { out, exitCode } = await ask(...(words as [string]));
    expect(out).toContain(`: ${reason}: ${WORKER.serviceAccount}`);
    for (const hint of hints) expect(out).toContain(hint);
    expect(out).toContain(`docs/troubleshooting.md#${reason}`);
    expect(exitCode).toBe(1);
  });

  it('says that a caller is unknown, and under which ids', async () => {
    const { out } = await ask(target('trainer'));
    expect(out).toContain(
      `neither principals/${WORKER_IDS.serviceAccount} nor principals/${WORKER_IDS.instance} is stored`,
    );
  });

  it('never shows a pasted token, nor a piece of one', async () => {
    await store(grant());
    const token = workerToken().reveal();
    const broken = folder.write('broken', `${token}x.y`);
    const said = [
      await ask(target('trainer')),
      await ask(target('trainer'), '--json'),
      await desk('explain', 'x', '--token-file', broken),
      await desk('explain', token),
    ];
    const text = said.map(({ out, err }) => out + err).join('\n');
    for (const part of token.split('.')) expect(text).not.toContain(part.slice(0, 24));
  });

  it('takes a caller from flags, and says what it assumes', async () => {
    await store(grant());
    const { out, exitCode } = await desk(
      'explain',
      target('trainer'),
      '--service-account',
      WORKER.serviceAccount,
    );
    expect(out).toContain('not given, and so assumed: --unique-id --instance-id');
    expect(exitCode).toBe(0);
  });

  it.each([
    [[], 64, '--token-file FILE, or --service-account EMAIL'],
    [['--service-account', 'Worker@x'], 64, 'lower case'],
    [['--service-account', WORKER.serviceAccount, '--project-number', 'acme'], 64, 'a number, not an id'],
    [['--service-account', WORKER.serviceAccount, '--created-at', 'soon'], 64, '2027-01-01T00:00:00Z'],
    [['--token-file', 'none'], 66, 'cannot be read'],
  ])('with %j ends with %i', async (flags, exitCode, message) => {
    const said = await desk('explain', target('trainer'), ...flags);
    expect(said.err).toContain(message);
    expect(said.exitCode).toBe(exitCode);
  });
});
