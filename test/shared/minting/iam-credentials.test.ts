import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CallContext } from '../../../shared/call-context.ts';
import { Fault, type FaultReason } from '../../../shared/fault.ts';
import { createSend } from '../../../shared/http/outbound.ts';
import { createIamCredentials, type IamCredentials } from '../../../shared/minting/iam-credentials.ts';
import type { RuntimeCredentials } from '../../../shared/minting/runtime-credentials.ts';
import { AccessToken } from '../../../shared/tokens.ts';
import { NOW } from '../../support/domain/clock.ts';
import { callContext } from '../../support/domain/contexts.ts';
import { API, CLOUD_PLATFORM, SIGNER, STORAGE, TRAINER } from '../../support/domain/questions.ts';
import { startFakeGoogle, type FakeGoogle } from '../../support/google/fake-google.ts';
import { decodeJwt, isSignedBy } from '../../support/google/jwt.ts';

const RUNTIME = 'runtime@acme-vending.iam.gserviceaccount.com';
const MIDDLE = 'middle@acme-data.iam.gserviceaccount.com';
const UNREACHABLE = new Fault('iam_unavailable', { detail: `generateAccessToken on ${TRAINER}` });

let google: FakeGoogle;
beforeAll(async () => {
  google = await startFakeGoogle({ clock: () => NOW.getTime() });
  for (const email of [RUNTIME, TRAINER, MIDDLE, SIGNER]) google.iam.createServiceAccount({ email });
  google.iam.bindTokenCreator(RUNTIME, TRAINER);
  google.iam.bindTokenCreator(RUNTIME, SIGNER);
});
afterEach(() => google.faults.clear());
afterAll(() => google.close());

/** The tokens that the function has of its own, the next one first, and those that it threw away. */
let own: AccessToken[];
let discarded: AccessToken[];
let iam: IamCredentials;

beforeEach(() => {
  own = [new AccessToken(google.iam.mintAccessToken(RUNTIME, [CLOUD_PLATFORM]))];
  discarded = [];
  const runtimeCredentials: RuntimeCredentials = {
    accessToken: async () => own[0] ?? expect.fail('no token of its own is left'),
    discard: (token) => {
      discarded.push(token);
      own = own.filter((one) => one !== token);
    },
    warm: () => undefined,
  };
  const send = createSend({ attemptTimeoutMs: 2_000, random: () => 0 });
  iam = createIamCredentials({ origin: google.url, send, runtimeCredentials });
  google.resetCalls();
});

interface AccessTokenCall {
  readonly account?: string;
  readonly delegates?: readonly string[];
  readonly context?: CallContext;
}

function accessToken({ account = TRAINER, delegates = [], context = callContext() }: AccessTokenCall = {}) {
  return iam.generateAccessToken({ account, delegates, scopes: [STORAGE], lifetimeSeconds: 900 }, context);
}

function idToken() {
  return iam.generateIdToken({ account: TRAINER, delegates: [], audience: API }, callContext());
}

function signature() {
  return iam.signJwt({ account: SIGNER, claims: { iss: SIGNER, scope: 'a b' } }, callContext());
}

const METHODS = [
  {
    method: 'generateAccessToken',
    account: TRAINER,
    permission: 'getAccessToken',
    call: () => accessToken(),
  },
  { method: 'generateIdToken', account: TRAINER, permission: 'getOpenIdToken', call: () => idToken() },
  { method: 'signJwt', account: SIGNER, permission: 'signJwt', call: () => signature() },
] as const;

describe('IAM gives', () => {
  it('an access token of the account, with the scopes and for the time that was asked', async () => {
    const { token, expiresAtMs } = await accessToken();
    expect(expiresAtMs).toBe(NOW.getTime() + 900_000);
    expect(google.whoIs(token.reveal())).toMatchObject({
      principal: `serviceAccount:${TRAINER}`,
      scopes: [STORAGE],
      expiresAtMs,
    });
  });

  it('either token through a chain of delegates', async () => {
    google.iam.bindTokenCreator(RUNTIME, MIDDLE);
    const account = 'far@acme-data.iam.gserviceaccount.com';
    google.iam.createServiceAccount({ email: account });
    google.iam.bindTokenCreator(MIDDLE, account);
    const { token } = await accessToken({ account, delegates: [MIDDLE] });
    expect(google.whoIs(token.reveal())?.principal).toBe(`serviceAccount:${account}`);
    const idTokenCall = { account, delegates: [MIDDLE], audience: API };
    const { claims } = decodeJwt((await iam.generateIdToken(idTokenCall, callContext())).reveal()) ?? {};
    expect(claims).toMatchObject({ email: account });
  });

  it('an ID token of the account for the audience, with its e-mail', async () => {
    const token = await idToken();
    expect(decodeJwt(token.reveal())?.claims).toMatchObject({
      aud: API,
      email: TRAINER,
      email_verified: true,
    });
  });

  it("the claims, signed with the account's own key", async () => {
    const jwt = decodeJwt((await signature()).reveal());
    expect(jwt?.claims).toEqual({ iss: SIGNER, scope: 'a b' });
    expect(jwt && isSignedBy(jwt, google.iam.publicKey(SIGNER))).toBe(true);
  });

  it('and the context learns how long that took', async () => {
    const context = callContext();
    await accessToken({ context });
    expect(context.upstreamMs.iam).toBeGreaterThan(0);
  });
});

describe.each(METHODS)('$method', ({ method, account, permission, call }) => {
  it('that is denied names the permission and the account', async () => {
    const full = `iam.serviceAccounts.${permission}` as const;
    google.iam.unbind({ caller: RUNTIME, permission: full, on: account });
    try {
      await expect(call()).rejects.toThrow(
        new Fault('iam_denied', {
          detail: `${method} on ${account} answered 403 PERMISSION_DENIED IAM_PERMISSION_DENIED: the function's service account, or the chain of delegates, needs ${full} there; a new binding takes minutes to act`,
        }),
      );
    } finally {
      google.iam.bind({ caller: RUNTIME, permission: full, on: account });
    }
  });

  it.each<{ status: number; reason: FaultReason; answered: string }>([
    { status: 400, reason: 'iam_rejected', answered: '400 INVALID_ARGUMENT' },
    { status: 404, reason: 'iam_not_found', answered: '404 NOT_FOUND: there is no such service account' },
    { status: 408, reason: 'iam_unavailable', answered: '408 UNKNOWN' },
    { status: 409, reason: 'iam_rejected', answered: '409 UNKNOWN' },
    { status: 429, reason: 'iam_unavailable', answered: '429 RESOURCE_EXHAUSTED RATE_LIMIT_EXCEEDED' },
    { status: 500, reason: 'iam_unavailable', answered: '500 INTERNAL' },
    { status: 501, reason: 'iam_unavailable', answered: '501 UNKNOWN' },
    { status: 502, reason: 'iam_unavailable', answered: '502 UNKNOWN' },
    { status: 503, reason: 'iam_unavailable', answered: '503 UNAVAILABLE' },
    { status: 504, reason: 'iam_unavailable', answered: '504 UNKNOWN' },
  ])('that is answered $status is the fault $reason', async ({ status, reason, answered }) => {
    google.faults.set(method, { kind: 'status', status });
    await expect(call()).rejects.toThrow(
      new Fault(reason, { detail: `${method} on ${account} answered ${answered}` }),
    );
  });

  it.each([
    { what: 'nothing', body: '' },
    { what: 'a page', body: '<html>200</html>' },
    { what: 'half an answer', body: '{"accessToken":"ya29.c.x","expire' },
    { what: 'another answer', body: '{"ok":true}' },
    { what: 'null', body: 'null' },
    {
      what: 'empty values',
      body: '{"accessToken":"","expireTime":"2026-03-01T13:00:00Z","token":"","signedJwt":""}',
    },
    {
      what: 'values of other types',
      body: '{"accessToken":1,"expireTime":"2026-03-01T13:00:00Z","token":{},"signedJwt":[]}',
    },
  ])('that is answered 200 with $what is a fault', async ({ body }) => {
    google.faults.set(method, { kind: 'body', status: 200, body });
    await expect(call()).rejects.toThrow(
      new Fault('iam_unavailable', {
        detail: `${method} on ${account} answered 200 without what it promises`,
      }),
    );
  });
});

describe('an access token', () => {
  const expiring = (expireTime: string) => {
    const body = JSON.stringify({ accessToken: 'ya29.c.x', expireTime });
    google.faults.set('generateAccessToken', { kind: 'body', status: 200, body });
    return accessToken();
  };

  it.each(['2026-03-01T13:00:00Z', '2026-03-01T13:00:00.000Z', '2026-03-01T14:00:00+01:00'])(
    'may expire at %s',
    async (expireTime) => {
      expect((await expiring(expireTime)).expiresAtMs).toBe(Date.parse('2026-03-01T13:00:00Z'));
    },
  );

  const NOT_PROMISED = new Fault('iam_unavailable', {
    detail: `generateAccessToken on ${TRAINER} answered 200 without what it promises`,
  });

  it.each(['', 'soon', '1772370000', '2026-03-01T14:00:00+01', '2026-03-01T25:00:00Z'])(
    'that expires at %o is a fault',
    async (expireTime) => {
      await expect(expiring(expireTime)).rejects.toThrow(NOT_PROMISED);
    },
  );

  it.each(['2026-03-01', '2026-03-01T13:00:00', 'March 1, 2026'])(
    'that expires at %o, which depends on the time zone of the reader, is a fault',
    async (expireTime) => {
      await expect(expiring(expireTime)).rejects.toThrow(NOT_PROMISED);
    },
  );

  it('of an account that does not exist is a fault that says so', async () => {
    const account = 'nobody@acme-data.iam.gserviceaccount.com';
    await expect(accessToken({ account })).rejects.toThrow(
      new Fault('iam_not_found', {
        detail: `generateAccessToken on ${account} answered 404 NOT_FOUND: there is no such service account`,
      }),
    );
  });

  it('is asked at an address that no account name can change', async () => {
    const account = '../../v1/other?x=y#z';
    await expect(accessToken({ account })).rejects.toThrow(Fault);
    expect(google.calls('generateAccessToken')).toBe(1);
  });
});

describe("the function's own token", () => {
  const fresh = () => new AccessToken(google.iam.mintAccessToken(RUNTIME, [CLOUD_PLATFORM]));

  it('that Google would not take is thrown away, and the next one is tried', async () => {
    const revoked = new AccessToken('ya29.revoked');
    own = [revoked, fresh()];
    expect(google.whoIs((await accessToken()).token.reveal())).toBeDefined();
    expect(discarded).toEqual([revoked]);
    expect(google.calls('generateAccessToken')).toBe(2);
  });

  it('is tried once more, not for ever', async () => {
    own = [new AccessToken('ya29.revoked'), new AccessToken('ya29.mangled'), fresh()];
    await expect(accessToken()).rejects.toThrow(
      new Fault('iam_rejected', { detail: `generateAccessToken on ${TRAINER} answered 401 UNAUTHENTICATED` }),
    );
    expect(discarded).toHaveLength(2);
    expect(google.calls('generateAccessToken')).toBe(2);
  });

  it('is kept where anything else went wrong', async () => {
    google.faults.set('generateAccessToken', { kind: 'status', status: 403 });
    await expect(accessToken()).rejects.toThrow(Fault);
    expect(discarded).toEqual([]);
  });

  it('that could not be had is the fault of whoever gives it', async () => {
    const fault = new Fault('runtime_credentials_unavailable');
    const without = createIamCredentials({
      origin: google.url,
      send: createSend(),
      runtimeCredentials: {
        accessToken: () => Promise.reject(fault),
        discard: () => undefined,
        warm: () => undefined,
      },
    });
    await expect(
      without.generateIdToken({ account: TRAINER, delegates: [], audience: API }, callContext()),
    ).rejects.toBe(fault);
    expect(google.calls('generateIdToken')).toBe(0);
  });
});

describe('IAM is unavailable', () => {
  it('and what it asks callers to wait is passed on', async () => {
    google.faults.set('generateAccessToken', {
      kind: 'status',
      status: 429,
      headers: { 'retry-after': '7' },
    });
    await expect(accessToken()).rejects.toThrow(
      new Fault('iam_unavailable', {
        detail: `generateAccessToken on ${TRAINER} answered 429 RESOURCE_EXHAUSTED RATE_LIMIT_EXCEEDED`,
        retryAfterSeconds: 7,
      }),
    );
    expect(google.calls('generateAccessToken')).toBe(1);
  });

  it('for a moment, and the second try succeeds', async () => {
    google.faults.set('generateAccessToken', { kind: 'status', status: 503 }, { times: 1 });
    expect((await accessToken()).token.length).toBeGreaterThan(0);
    expect(google.calls('generateAccessToken')).toBe(2);
  });

  it('where it resets connections', async () => {
    google.faults.set('generateAccessToken', { kind: 'reset' });
    await expect(accessToken()).rejects.toThrow(UNREACHABLE);
  });

  it('where it floods', async () => {
    google.faults.set('generateAccessToken', { kind: 'bodyOfBytes', bytes: 2 ** 20 });
    await expect(accessToken()).rejects.toThrow(UNREACHABLE);
  });

  it('where a front end answers in HTML', async () => {
    google.faults.set('generateAccessToken', { kind: 'html', status: 502 });
    await expect(accessToken()).rejects.toThrow(
      new Fault('iam_unavailable', { detail: `generateAccessToken on ${TRAINER} answered 502` }),
    );
  });

  it('until the deadline, whose fault it is then', async () => {
    google.faults.set('generateAccessToken', { kind: 'hang' });
    const controller = new AbortController();
    const spent = new Fault('deadline_exceeded');
    const stop = google.faults.onRequest('generateAccessToken', () => controller.abort(spent));
    await expect(accessToken({ context: callContext(controller.signal) })).rejects.toBe(spent);
    stop();
  });
});

describe('a redirect', () => {
  it('is not followed with the token', async () => {
    const headers = { location: `${google.url}/v1/token` };
    google.faults.set('generateAccessToken', { kind: 'status', status: 307, headers });
    await expect(accessToken()).rejects.toThrow(
      new Fault('iam_rejected', { detail: `generateAccessToken on ${TRAINER} answered 307 UNKNOWN` }),
    );
    expect(google.calls('sts')).toBe(0);
  });
});
