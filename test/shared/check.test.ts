import { setImmediate } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, Received } from '../../shared/answering.ts';
import { abortable, type CallContext } from '../../shared/call-context.ts';
import { createCheck, type CheckSteps } from '../../shared/check.ts';
import type { Check } from '../../shared/check-audit.ts';
import { Fault } from '../../shared/fault.ts';
import { authorizeImpersonation } from '../../shared/grants/authorize.ts';
import { createConditionEvaluator } from '../../shared/grants/condition.ts';
import type { GrantDocuments } from '../../shared/grants/grant-store.ts';
import type { Principal } from '../../shared/identity/principal.ts';
import { encodeForm, errorResponse, TOKEN_TYPES } from '../../shared/protocol.ts';
import { Refusal, REFUSALS, type RefusalReason } from '../../shared/refusal.ts';
import { verifiedWorker, WORKER_IDS, workerToken } from '../support/domain/callers.ts';
import { NOW } from '../support/domain/clock.ts';
import {
  ALICE_MEMBER,
  API,
  BIGQUERY,
  fleetDocument,
  instanceDocument,
  killSwitch,
  TRAINER_GRANT,
  TRAINER_MEMBER,
} from '../support/domain/questions.ts';

const OTHER = 'serviceAccount:other@acme-data.iam.gserviceaccount.com';
const THIRD = 'serviceAccount:third@acme-data.iam.gserviceaccount.com';
const DEADLINE = new Fault('deadline_exceeded', { detail: 'the budget of the exchange was spent' });

let worker: Principal;
beforeAll(async () => {
  worker = await verifiedWorker();
});

/** What happened, in order. */
let story: string[];
let recorded: Check[];
beforeEach(() => {
  story = [];
  recorded = [];
});

function formOf(targets: readonly string[], extra: Readonly<Record<string, string>> = {}): string {
  return encodeForm({
    subject_token: workerToken().reveal(),
    subject_token_type: TOKEN_TYPES.idToken,
    audience: targets.join(' '),
    ...extra,
  });
}

const fleetOf = (grants: Readonly<Record<string, unknown>>, envelope = {}): Partial<GrantDocuments> => ({
  serviceAccount: fleetDocument(grants, envelope),
});
const FLEET = fleetOf({ [TRAINER_MEMBER]: TRAINER_GRANT });

interface Changes extends Partial<CheckSteps> {
  readonly documents?: Partial<GrantDocuments>;
  readonly form?: string;
  readonly received?: Partial<Received>;
}

/** A check that really decides, whose other steps succeed but for those that a test replaces. */
function checkWith({ documents = FLEET, form, received, ...changes }: Changes = {}): Promise<Answer> {
  const note = <T>(step: string, value: T): T => {
    story.push(step);
    return value;
  };
  const evaluateCondition = createConditionEvaluator();
  const none = { instance: undefined, serviceAccount: undefined, killSwitch: undefined };
  const check = createCheck({
    kind: 'serviceAccount',
    budgetMs: 5_000,
    projectNumbers: [],
    verify: async () => note('verify', worker),
    grants: { find: async () => note('find', { ...none, ...documents }) },
    authorize: (question) => {
      note('authorize', undefined);
      return authorizeImpersonation(question, evaluateCondition);
    },
    record: (one) => void recorded.push(note('record', { ...one, findings: { ...one.findings } })),
    nowMs: () => NOW.getTime(),
    ...changes,
  });
  return check({
    receive: async () => note('receive', form ?? formOf([TRAINER_MEMBER])),
    receivedAt: performance.now(),
    trace: 'projects/acme/traces/1',
    ...received,
  });
}

/** Target → decision, as answered with 200. */
async function decisionsOf(changes: Changes): Promise<Readonly<Record<string, string>>> {
  const { status, body } = await checkWith(changes);
  expect(status).toBe(200);
  const { decisions } = body as { decisions: { target: string; decision: string }[] };
  return Object.fromEntries(decisions.map(({ target, decision }) => [target, decision]));
}

function fail(error: unknown): never {
  throw error;
}

describe('a check', () => {
  it('receives, verifies, finds, authorizes each target, records, and answers then', async () => {
    const answer = await checkWith({ form: formOf([OTHER, TRAINER_MEMBER, THIRD]) }).finally(() =>
      story.push('answer'),
    );
    expect(story).toEqual([
      'receive',
      'verify',
      'find',
      'authorize',
      'authorize',
      'authorize',
      'record',
      'answer',
    ]);
    expect(answer).toEqual({
      status: 200,
      body: {
        decisions: [
          { target: OTHER, decision: 'no' },
          { target: TRAINER_MEMBER, decision: 'yes' },
          { target: THIRD, decision: 'no' },
        ],
      },
    });
  });

  it('names a target as its document does, however the request did', async () => {
    const form = formOf([`//iam.googleapis.com/${TRAINER_MEMBER}`]);
    expect(await decisionsOf({ form })).toEqual({ [TRAINER_MEMBER]: 'yes' });
  });

  it('gives each step what the one before it made, and every decision the same moment', async () => {
    const targets = [TRAINER_MEMBER, OTHER];
    const seen: unknown[] = [];
    let nowMs = NOW.getTime();
    await checkWith({
      form: formOf(targets, { scope: 'b a' }),
      verify: async (token) => {
        seen.push(token.reveal());
        return worker;
      },
      grants: {
        find: async (ids) => {
          seen.push(ids);
          return { instance: undefined, killSwitch: undefined, serviceAccount: undefined, ...FLEET };
        },
      },
      authorize: ({ principal, documents, now, request }) => {
        seen.push([principal, documents.envelopes().length, now, request.target?.member, request.scopes]);
      },
      nowMs: () => (nowMs += 1),
    });
    const now = new Date(NOW.getTime() + 1);
    expect(seen).toEqual([
      workerToken().reveal(),
      WORKER_IDS,
      ...targets.map((target) => [worker, 1, now, target, ['b', 'a']]),
    ]);
  });

  it('records what it found, and nothing that could be a token', async () => {
    await checkWith({ form: formOf([TRAINER_MEMBER, OTHER]) });
    expect(recorded).toHaveLength(1);
    expect(recorded[0]).toMatchObject({
      findings: {
        principal: worker,
        checked: [
          { target: { member: TRAINER_MEMBER }, decision: 'yes' },
          { target: { member: OTHER }, decision: 'no', error: new Refusal('no_grant', OTHER) },
        ],
      },
      trace: 'projects/acme/traces/1',
    });
    expect(recorded[0]).not.toHaveProperty('error');
  });
});

describe('the answer for a target', () => {
  const asked = (extra: Readonly<Record<string, string>>) => formOf([TRAINER_MEMBER], extra);
  const idTokens = { requested_token_type: TOKEN_TYPES.idToken };
  const onlyIdTokens = fleetOf({ [TRAINER_MEMBER]: { idTokenAudiences: [API] } });

  it.each<{ what: string; changes: Changes; decision: string }>([
    { what: 'that is granted', changes: {}, decision: 'yes' },
    {
      what: 'of which one of the scopes asked for is granted',
      changes: { form: asked({ scope: `${BIGQUERY} ${TRAINER_GRANT.scopes.join(' ')}` }) },
      decision: 'yes',
    },
    {
      what: 'of which no scope asked for is granted',
      changes: { form: asked({ scope: BIGQUERY }) },
      decision: 'no',
    },
    {
      what: 'that is granted for ID tokens alone',
      changes: { documents: onlyIdTokens },
      decision: 'no',
    },
    {
      what: 'that is granted for ID tokens alone, asked for such a one',
      changes: { documents: onlyIdTokens, form: asked({ ...idTokens, resource: API }) },
      decision: 'yes',
    },
    {
      what: 'that is granted for ID tokens, for another audience',
      changes: { documents: onlyIdTokens, form: asked({ ...idTokens, resource: `${API}.example` }) },
      decision: 'no',
    },
    { what: 'of an ID token for nobody', changes: { form: asked(idTokens) }, decision: 'no' },
    { what: 'of an access token for somebody', changes: { form: asked({ resource: API }) }, decision: 'no' },
    { what: 'of a caller without documents', changes: { documents: {} }, decision: 'no' },
    {
      what: 'of another project',
      changes: { projectNumbers: [1] },
      decision: 'no',
    },
    {
      what: 'whose grant has expired',
      changes: { documents: fleetOf({ [TRAINER_MEMBER]: { ...TRAINER_GRANT, expiresAt: NOW } }) },
      decision: 'no',
    },
    {
      what: 'whose condition does not hold',
      changes: { documents: fleetOf({ [TRAINER_MEMBER]: { ...TRAINER_GRANT, condition: 'false' } }) },
      decision: 'no',
    },
    {
      what: 'whose condition nobody understands',
      changes: { documents: fleetOf({ [TRAINER_MEMBER]: { ...TRAINER_GRANT, condition: '(' } }) },
      decision: 'fault',
    },
    {
      what: 'whose grant is malformed',
      changes: { documents: fleetOf({ [TRAINER_MEMBER]: { ...TRAINER_GRANT, scope: 'x' } }) },
      decision: 'fault',
    },
    {
      what: 'whose malformed grant of the instance shadows a good one',
      changes: { documents: { ...FLEET, instance: instanceDocument({ [TRAINER_MEMBER]: null }) } },
      decision: 'fault',
    },
    {
      what: 'that meets a bug of ours',
      changes: { authorize: () => fail(new TypeError('x is undefined')) },
      decision: 'fault',
    },
  ])('$what is $decision', async ({ changes, decision }) => {
    expect(await decisionsOf(changes)).toEqual({ [TRAINER_MEMBER]: decision });
  });

  it('of the other kind is no, beside one of this kind', async () => {
    const grants = { [TRAINER_MEMBER]: TRAINER_GRANT, [ALICE_MEMBER]: { signer: 'x', scopes: [] } };
    expect(
      await decisionsOf({ documents: fleetOf(grants), form: formOf([ALICE_MEMBER, TRAINER_MEMBER]) }),
    ).toEqual({ [ALICE_MEMBER]: 'no', [TRAINER_MEMBER]: 'yes' });
  });
});

describe('of three targets', () => {
  const grants = {
    [TRAINER_MEMBER]: TRAINER_GRANT,
    [OTHER]: TRAINER_GRANT,
    [THIRD]: { ...TRAINER_GRANT, Scopes: [] },
  };
  const form = formOf([TRAINER_MEMBER, OTHER, THIRD]);
  const all = (decision: string) => ({
    [TRAINER_MEMBER]: decision,
    [OTHER]: decision,
    [THIRD]: decision,
  });

  it.each<{ what: string; documents: Partial<GrantDocuments>; decisions: Readonly<Record<string, string>> }>([
    {
      what: 'a malformed grant is one fault',
      documents: fleetOf(grants),
      decisions: { [TRAINER_MEMBER]: 'yes', [OTHER]: 'yes', [THIRD]: 'fault' },
    },
    {
      what: 'a malformed document is all faults',
      documents: fleetOf(grants, { Disabled: true }),
      decisions: all('fault'),
    },
    {
      what: 'a malformed document of the instance is all faults, whatever the fleet has',
      documents: { ...fleetOf(grants), instance: instanceDocument({}, { uniqueId: 7 }) },
      decisions: all('fault'),
    },
    {
      what: 'a kill switch that nobody can read is all faults',
      documents: { ...fleetOf(grants), killSwitch: killSwitch({ engage: true }) },
      decisions: all('fault'),
    },
    {
      what: 'the kill switch is all noes, of malformed grants too',
      documents: { ...fleetOf(grants), killSwitch: killSwitch({ engaged: true }) },
      decisions: all('no'),
    },
    {
      what: 'the kill switch for the caller is all noes',
      documents: { ...fleetOf(grants), killSwitch: killSwitch({ principals: [WORKER_IDS.instance] }) },
      decisions: all('no'),
    },
    {
      what: 'the kill switch for one is one no',
      documents: { ...fleetOf(grants), killSwitch: killSwitch({ targets: [OTHER] }) },
      decisions: { [TRAINER_MEMBER]: 'yes', [OTHER]: 'no', [THIRD]: 'fault' },
    },
    {
      what: 'a disabled document is all noes',
      documents: fleetOf(grants, { disabled: true }),
      decisions: all('no'),
    },
    {
      what: 'another account of the same e-mail is all noes',
      documents: fleetOf(grants, { uniqueId: '100000000000000000009' }),
      decisions: all('no'),
    },
  ])('$what', async ({ documents, decisions }) => {
    expect(await decisionsOf({ documents, form })).toEqual(decisions);
  });

  it('of another project Firestore is not asked about any', async () => {
    expect(await decisionsOf({ projectNumbers: [1, 2], form })).toEqual(all('no'));
    expect(story).toEqual(['receive', 'verify', 'record']);
    expect(recorded[0]?.findings.checked?.map(({ error }) => error)).toEqual(
      Array.from({ length: 3 }, () => new Refusal('project_not_allowed', 'project 326694433618')),
    );
  });
});

/** Where the story may end without a decision. */
const ENDS: readonly {
  readonly step: string;
  readonly stopped: (why: unknown) => Changes;
  readonly story: readonly string[];
  readonly found: readonly string[];
}[] = [
  {
    step: 'receive',
    stopped: (why) => ({ received: { receive: () => Promise.reject(why) } }),
    story: ['record'],
    found: [],
  },
  {
    step: 'verify',
    stopped: (why) => ({ verify: () => Promise.reject(why) }),
    story: ['receive', 'record'],
    found: ['request'],
  },
  {
    step: 'find',
    stopped: (why) => ({ grants: { find: () => Promise.reject(why) } }),
    story: ['receive', 'verify', 'record'],
    found: ['request', 'principal'],
  },
];

describe.each(ENDS)('a check that ends at $step', ({ stopped, story: expected, found }) => {
  it.each([
    {
      what: 'a refusal of the request',
      error: new Refusal('token_expired', 'detail'),
      status: 400,
      code: 'invalid_request',
    },
    {
      what: 'a passing fault',
      error: new Fault('firestore_unavailable'),
      status: 503,
      code: 'temporarily_unavailable',
    },
    { what: 'a lasting fault', error: new Fault('firestore_denied'), status: 500, code: 'server_error' },
    { what: 'a bug', error: new TypeError('x is undefined'), status: 500, code: 'server_error' },
  ] as const)('with $what decides nothing about any target', async ({ error, status, code }) => {
    expect(await checkWith(stopped(error))).toMatchObject({ status, body: errorResponse(code) });
    expect(story).toEqual(expected);
    expect(recorded).toHaveLength(1);
    expect(recorded[0]?.error).toBe(error);
    expect(Object.keys(recorded[0]?.findings ?? {})).toEqual(found);
  });
});

describe('a refusal of authorization', () => {
  const reasons = Object.keys(REFUSALS) as RefusalReason[];
  const isNo = (reason: RefusalReason) => /^invalid_(?:target|scope)$/.test(REFUSALS[reason].error);

  it.each(reasons.filter(isNo))('for %s is a no', async (reason) => {
    const authorize = () => fail(new Refusal(reason));
    expect(await decisionsOf({ authorize })).toEqual({ [TRAINER_MEMBER]: 'no' });
  });

  it.each(reasons.filter((reason) => !isNo(reason)))(
    'for %s would be no no: it ends nothing',
    async (reason) => {
      const authorize = () => fail(new Refusal(reason));
      expect(await decisionsOf({ authorize })).toEqual({ [TRAINER_MEMBER]: 'fault' });
    },
  );
});

describe('a check is refused', () => {
  it.each<{ what: string; form: string; reason: RefusalReason }>([
    { what: 'without targets', form: formOf([]), reason: 'audience_missing' },
    { what: 'with a target twice', form: formOf([OTHER, OTHER]), reason: 'target_repeated' },
    { what: 'with what is no target', form: formOf(['alice']), reason: 'audience_malformed' },
  ])('$what before anything is verified', async ({ form, reason }) => {
    expect(await checkWith({ form })).toEqual({ status: 400, body: errorResponse('invalid_request') });
    expect(recorded[0]?.error).toEqual(new Refusal(reason));
    expect(story).toEqual(['receive', 'record']);
  });
});

describe('an audit line', () => {
  const full = new Error('ENOSPC');

  it('is written before there is an answer', async () => {
    const { promise: written, resolve } = Promise.withResolvers<void>();
    const answer = checkWith({ record: () => written }).finally(() => story.push('answer'));
    await setImmediate();
    expect(story).not.toContain('answer');
    resolve();
    expect(await answer).toMatchObject({ status: 200 });
  });

  it('that cannot be written keeps the decisions from the caller', async () => {
    const lines: Check[] = [];
    const record: CheckSteps['record'] = (one) =>
      one.error === undefined ? fail(full) : void lines.push(one);
    expect(await checkWith({ record })).toEqual({ status: 500, body: errorResponse('server_error') });
    expect(lines).toMatchObject([{ error: full }]);
  });
});

describe('the budget', () => {
  const hang = (_: unknown, { signal }: CallContext) =>
    abortable(new Promise<never>(() => undefined), signal);

  it.each<{ step: string; changes: Changes }>([
    { step: 'verify', changes: { verify: hang } },
    { step: 'find', changes: { grants: { find: hang } } },
  ])('ends a check that waits to $step', async ({ changes }) => {
    expect(await checkWith({ budgetMs: 20, ...changes })).toEqual({
      status: 503,
      body: errorResponse('temporarily_unavailable'),
      retryAfterSeconds: 5,
    });
    expect(recorded).toMatchObject([{ error: DEADLINE }]);
  });

  const tasks = (count: number) =>
    Array.from({ length: count }, (_, index) => `serviceAccount:t${index}@acme-data.iam.gserviceaccount.com`);
  /** A decision that takes its time, as a condition may that was never compiled. */
  const slowly = () => {
    const until = performance.now() + 3;
    while (performance.now() < until);
  };

  it('ends a check whose decisions take too long', async () => {
    expect(await checkWith({ budgetMs: 50, form: formOf(tasks(500)), authorize: slowly })).toMatchObject({
      status: 503,
    });
    expect(recorded).toMatchObject([{ error: DEADLINE }]);
  });

  it('lets others have a turn between many decisions', async () => {
    let turns = 0;
    const others = setInterval(() => {
      turns += 1;
    }, 1);
    const form = formOf(tasks(40));
    expect(await checkWith({ budgetMs: 60_000, form, authorize: slowly })).toMatchObject({ status: 200 });
    clearInterval(others);
    expect(turns).toBeGreaterThan(5);
  });
});
