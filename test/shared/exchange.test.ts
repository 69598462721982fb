import { setImmediate } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, Received } from '../../shared/answering.ts';
import type { Decision } from '../../shared/audit.ts';
import { abortable, type CallContext } from '../../shared/call-context.ts';
import { createExchange, type ExchangeSteps } from '../../shared/exchange.ts';
import { Fault } from '../../shared/fault.ts';
import type { AuthorizedImpersonation } from '../../shared/grants/authorized-grant.ts';
import type { GrantDocuments } from '../../shared/grants/grant-store.ts';
import type { Principal } from '../../shared/identity/principal.ts';
import { encodeForm, errorResponse, TOKEN_EXCHANGE_GRANT_TYPE, TOKEN_TYPES } from '../../shared/protocol.ts';
import { Refusal } from '../../shared/refusal.ts';
import { AccessToken, IdToken } from '../../shared/tokens.ts';
import { authorizedAccessToken, authorizedIdToken } from '../support/domain/authorized.ts';
import { verifiedWorker, WORKER_IDS, workerToken } from '../support/domain/callers.ts';
import { NOW } from '../support/domain/clock.ts';
import { fleetDocument, STORAGE, TRAINER_GRANT, TRAINER_MEMBER } from '../support/domain/questions.ts';

const FORM = encodeForm({
  grant_type: TOKEN_EXCHANGE_GRANT_TYPE,
  subject_token: workerToken().reveal(),
  subject_token_type: TOKEN_TYPES.idToken,
});
const DOCUMENTS: GrantDocuments = {
  instance: undefined,
  serviceAccount: fleetDocument({ [TRAINER_MEMBER]: TRAINER_GRANT }),
  killSwitch: undefined,
};
const DEADLINE = new Fault('deadline_exceeded', { detail: 'the budget of the exchange was spent' });

let worker: Principal;
let grant: AuthorizedImpersonation;
let idGrant: AuthorizedImpersonation;
beforeAll(async () => {
  worker = await verifiedWorker();
  grant = await authorizedAccessToken();
  idGrant = await authorizedIdToken();
});

/** What happened, in order. */
let story: string[];
let recorded: Decision[];
beforeEach(() => {
  story = [];
  recorded = [];
});

type Steps = ExchangeSteps<AuthorizedImpersonation>;

/** An exchange whose steps all succeed, but for those that a test replaces. */
function exchangeWith(changes: Partial<Steps> = {}, received: Partial<Received> = {}): Promise<Answer> {
  const note = <T>(step: string, value: T): T => {
    story.push(step);
    return value;
  };
  const steps: Steps = {
    kind: 'serviceAccount',
    budgetMs: 5_000,
    projectNumbers: [],
    verify: async () => note('verify', worker),
    grants: { find: async () => note('find', DOCUMENTS) },
    authorize: () => note('authorize', grant),
    mint: async () =>
      note('mint', {
        token: new AccessToken('ya29.x'),
        expiresAtMs: NOW.getTime() + 3_599_900,
        reused: false,
      }),
    record: (decision) =>
      void recorded.push(note('record', { ...decision, findings: { ...decision.findings } })),
    nowMs: () => NOW.getTime(),
    ...changes,
  };
  return createExchange(steps)({
    receive: async () => note('receive', FORM),
    receivedAt: performance.now(),
    trace: 'projects/acme/traces/1',
    ...received,
  });
}

describe('an exchange', () => {
  it('receives, verifies, finds, authorizes, mints, records, and answers then', async () => {
    const answer = await exchangeWith().finally(() => story.push('answer'));
    expect(story).toEqual(['receive', 'verify', 'find', 'authorize', 'mint', 'record', 'answer']);
    expect(answer).toEqual({
      status: 200,
      body: {
        access_token: 'ya29.x',
        expires_in: 3599,
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        scope: STORAGE,
      },
    });
  });

  it('records what it found on its way', async () => {
    await exchangeWith();
    expect(recorded).toHaveLength(1);
    expect(recorded[0]).toMatchObject({
      findings: { principal: worker, grant, minted: { reused: false }, expiresInSeconds: 3599 },
      trace: 'projects/acme/traces/1',
    });
    expect(recorded[0]).not.toHaveProperty('error');
  });

  it('gives each step what the one before it made', async () => {
    const seen: unknown[] = [];
    await exchangeWith({
      verify: async (token) => {
        seen.push(token.reveal());
        return worker;
      },
      grants: {
        find: async (ids) => {
          seen.push(ids);
          return DOCUMENTS;
        },
      },
      authorize: ({ principal, documents, now, request }) => {
        seen.push(
          principal,
          documents.envelopes().map(({ path }) => path),
          now,
          request.tokenType,
        );
        return grant;
      },
      mint: async (decided) => {
        seen.push(decided);
        return { token: new AccessToken('ya29.x'), expiresAtMs: NOW.getTime() + 1000, reused: true };
      },
    });
    expect(seen).toEqual([
      workerToken().reveal(),
      WORKER_IDS,
      worker,
      [DOCUMENTS.serviceAccount?.path],
      NOW,
      'access_token',
      grant,
    ]);
  });

  it('for an ID token answers with a type that is none, and without scope', async () => {
    const minted = { token: new IdToken('h.c.s'), expiresAtMs: NOW.getTime() + 3_600_000, reused: false };
    expect(await exchangeWith({ authorize: () => idGrant, mint: async () => minted })).toEqual({
      status: 200,
      body: {
        access_token: 'h.c.s',
        expires_in: 3600,
        issued_token_type: 'urn:ietf:params:oauth:token-type:id_token',
        token_type: 'N_A',
      },
    });
  });

  it('counts the time since the head of its request', async () => {
    await exchangeWith({}, { receivedAt: performance.now() - 1_000 });
    expect(recorded[0]?.durationMs).toBeGreaterThan(1_000);
  });

  it('records what its steps spent', async () => {
    await exchangeWith({
      verify: async (_token, { upstreamMs }) => {
        upstreamMs.keys = 3;
        return worker;
      },
    });
    expect(recorded[0]?.upstreamMs).toEqual({ keys: 3 });
  });

  it.each([999, 0, -1, Number.NaN])('never answers with a token that has %d ms left', async (leftMs) => {
    const minted = { token: new AccessToken('ya29.x'), expiresAtMs: NOW.getTime() + leftMs, reused: false };
    expect(await exchangeWith({ mint: async () => minted })).toMatchObject({ status: 503 });
    expect(recorded).toMatchObject([
      {
        error: new Fault('minted_token_expired', {
          detail: 'Google gave a token that has expired; check this clock',
        }),
      },
    ]);
  });

  it('answers with a token that has a second left', async () => {
    const minted = { token: new AccessToken('ya29.x'), expiresAtMs: NOW.getTime() + 1999, reused: false };
    expect(await exchangeWith({ mint: async () => minted })).toMatchObject({ body: { expires_in: 1 } });
  });
});

/** Where the story may end, and what has happened until then. */
const ENDS: readonly {
  readonly step: string;
  readonly stopped: (why: Error) => { steps?: Partial<Steps>; received?: Partial<Received> };
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
    stopped: (why) => ({ steps: { verify: () => Promise.reject(why) } }),
    story: ['receive', 'record'],
    found: ['request'],
  },
  {
    step: 'find',
    stopped: (why) => ({ steps: { grants: { find: () => Promise.reject(why) } } }),
    story: ['receive', 'verify', 'record'],
    found: ['request', 'principal'],
  },
  {
    step: 'authorize',
    stopped: (why) => ({ steps: { authorize: () => fail(why) } }),
    story: ['receive', 'verify', 'find', 'record'],
    found: ['request', 'principal'],
  },
  {
    step: 'mint',
    stopped: (why) => ({ steps: { mint: () => Promise.reject(why) } }),
    story: ['receive', 'verify', 'find', 'authorize', 'record'],
    found: ['request', 'principal', 'grant'],
  },
];

function fail(error: Error): never {
  throw error;
}

describe.each(ENDS)('an exchange that ends at $step', ({ stopped, story: expected, found }) => {
  it.each([
    { what: 'a refusal', error: new Refusal('no_grant', 'detail'), status: 400, code: 'invalid_target' },
    {
      what: 'a passing fault',
      error: new Fault('iam_unavailable'),
      status: 503,
      code: 'temporarily_unavailable',
    },
    { what: 'a lasting fault', error: new Fault('iam_denied'), status: 500, code: 'server_error' },
    { what: 'a bug', error: new TypeError('x is undefined'), status: 500, code: 'server_error' },
  ] as const)('with $what leaves one audit line and says no more', async ({ error, status, code }) => {
    const { steps, received } = stopped(error);
    expect(await exchangeWith(steps, received)).toMatchObject({ status, body: errorResponse(code) });
    expect(story).toEqual(expected);
    expect(recorded).toHaveLength(1);
    expect(recorded[0]?.error).toBe(error);
    expect(Object.keys(recorded[0]?.findings ?? {})).toEqual(found);
  });
});

describe('an exchange is refused', () => {
  it('by the form before anything is verified', async () => {
    const answer = await exchangeWith({}, { receive: async () => `${FORM}&scope=a&scope=b` });
    expect(answer).toEqual({ status: 400, body: errorResponse('invalid_request') });
    expect(recorded[0]?.error).toEqual(new Refusal('parameter_repeated'));
    expect(story).toEqual(['record']);
  });

  it('by its project before the grants are looked for', async () => {
    const answer = await exchangeWith({ projectNumbers: [1, 2] });
    expect(answer).toEqual({ status: 400, body: errorResponse('invalid_target') });
    expect(recorded[0]?.error).toEqual(new Refusal('project_not_allowed', 'project 326694433618'));
    expect(story).toEqual(['receive', 'verify', 'record']);
  });

  it('by what its function makes', async () => {
    const form = `${FORM}&requested_token_type=${encodeURIComponent(TOKEN_TYPES.idToken)}`;
    await exchangeWith({ kind: 'user' }, { receive: async () => form });
    expect(recorded[0]?.error).toEqual(new Refusal('requested_token_type_unsupported'));
  });
});

describe('an audit line that takes its time', () => {
  it.each([
    { what: 'a grant', steps: {}, status: 200 },
    { what: 'a refusal', steps: { projectNumbers: [1] }, status: 400 },
  ])('of $what is written before there is an answer', async ({ steps, status }) => {
    const { promise: written, resolve } = Promise.withResolvers<void>();
    const answer = exchangeWith({ ...steps, record: () => written }).finally(() => story.push('answer'));
    await setImmediate();
    expect(story).not.toContain('answer');
    resolve();
    expect(await answer).toMatchObject({ status });
  });
});

describe('an audit line that cannot be written', () => {
  const full = new Error('ENOSPC');

  it.each([
    { when: 'at once', refuse: () => fail(full) },
    { when: 'later', refuse: () => Promise.reject(full) },
  ])('keeps the token from the caller: it fails $when', async ({ refuse }) => {
    const lines: Decision[] = [];
    const record: Steps['record'] = (decision) => {
      return decision.error === undefined ? refuse() : void lines.push(decision);
    };
    expect(await exchangeWith({ record })).toEqual({ status: 500, body: errorResponse('server_error') });
    expect(lines).toMatchObject([{ error: full }]);
  });

  it('fails the exchange where the failure cannot be written either', async () => {
    await expect(exchangeWith({ record: () => fail(full) })).rejects.toBe(full);
  });
});

describe('the budget', () => {
  const hang = (_: unknown, { signal }: CallContext) =>
    abortable(new Promise<never>(() => undefined), signal);

  it.each([
    {
      step: 'receive',
      steps: {},
      received: { receive: (signal: AbortSignal) => hang(undefined, { signal, upstreamMs: {} }) },
    },
    { step: 'verify', steps: { verify: hang }, received: {} },
    { step: 'find', steps: { grants: { find: hang } }, received: {} },
    { step: 'mint', steps: { mint: hang }, received: {} },
  ])('ends an exchange that waits to $step', async ({ steps, received }) => {
    expect(await exchangeWith({ budgetMs: 20, ...steps }, received)).toEqual({
      status: 503,
      body: errorResponse('temporarily_unavailable'),
      retryAfterSeconds: 5,
    });
    expect(recorded).toMatchObject([{ error: DEADLINE }]);
  });

  it('runs from the head of the request', async () => {
    const receivedAt = performance.now() - 60_000;
    expect(await exchangeWith({ budgetMs: 59_000, verify: hang }, { receivedAt })).toMatchObject({
      status: 503,
    });
    expect(recorded).toMatchObject([{ error: DEADLINE }]);
  });
});
