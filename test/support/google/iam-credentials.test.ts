import { verify } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { callApi, member, type ApiAnswer } from './api-client.ts';
import { startFakeGoogle, type FakeGoogle } from './fake-google.ts';
import { decodeJwt, isSignedBy } from './jwt.ts';

const RUNTIME = 'runtime@proj.iam.gserviceaccount.com';
const TARGET = 'trainer@proj.iam.gserviceaccount.com';
const MIDDLE = 'middle@proj.iam.gserviceaccount.com';
const CLOUD_PLATFORM = 'https://www.googleapis.com/auth/cloud-platform';
const STORAGE = 'https://www.googleapis.com/auth/devstorage.read_write';
const NOW = 1_700_000_000;
const METHODS = ['generateAccessToken', 'generateIdToken', 'signJwt', 'signBlob'] as const;
const GOOD_BODY = {
  generateAccessToken: { scope: [STORAGE] },
  generateIdToken: { audience: 'https://api.example.com' },
  signJwt: { payload: '{}' },
  signBlob: { payload: 'aGVsbG8=' },
};
const PERMISSION = {
  generateAccessToken: 'iam.serviceAccounts.getAccessToken',
  generateIdToken: 'iam.serviceAccounts.getOpenIdToken',
  signJwt: 'iam.serviceAccounts.signJwt',
  signBlob: 'iam.serviceAccounts.signBlob',
} as const;

const INVALID_ARGUMENT = {
  error: { code: 400, message: 'Request contains an invalid argument.', status: 'INVALID_ARGUMENT' },
};
const denied = (permission: string): object => ({
  error: {
    code: 403,
    message: `Permission '${permission}' denied on resource (or it may not exist).`,
    status: 'PERMISSION_DENIED',
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'IAM_PERMISSION_DENIED',
        domain: 'iam.googleapis.com',
        metadata: { permission },
      },
    ],
  },
});

let now = NOW * 1000;
let google: FakeGoogle;
beforeEach(async () => {
  now = NOW * 1000;
  google = await startFakeGoogle({ clock: () => now });
  for (const email of [RUNTIME, TARGET, MIDDLE]) google.iam.createServiceAccount({ email });
});
afterEach(() => google.close());

interface Call {
  on?: string;
  token?: string;
  query?: string;
}

function call(
  method: string,
  json: unknown,
  { on = TARGET, token, query = '' }: Call = {},
): Promise<ApiAnswer> {
  const bearer = token ?? google.iam.mintAccessToken(RUNTIME, [CLOUD_PLATFORM]);
  return callApi(`${google.url}/v1/projects/-/serviceAccounts/${on}:${method}${query}`, {
    token: bearer,
    json,
  });
}

/** Claims of an ID token of the target, which Google’s key has signed. */
async function idTokenClaims(body: object): Promise<object | undefined> {
  const token = member(
    await call('generateIdToken', { audience: 'https://api.example.com', ...body }),
    'token',
  );
  const jwt = decodeJwt(token);
  expect(jwt && isSignedBy(jwt, google.keys.signing.publicKey)).toBe(true);
  return jwt?.claims;
}

function plainClaims(): Record<string, unknown> {
  const { uniqueId } = google.iam.serviceAccount(TARGET);
  return {
    aud: 'https://api.example.com',
    azp: uniqueId,
    exp: NOW + 3600,
    iat: NOW,
    iss: 'https://accounts.google.com',
    sub: uniqueId,
  };
}

function chain(...emails: string[]): object {
  return { delegates: emails.map((email) => `projects/-/serviceAccounts/${email}`) };
}

describe('generateAccessToken', () => {
  beforeEach(() =>
    google.iam.bind({ caller: RUNTIME, permission: PERMISSION.generateAccessToken, on: TARGET }),
  );

  it('gives a token of the target with the scopes asked, for an hour, to whole seconds', async () => {
    now += 789;
    const answer = await call('generateAccessToken', { scope: [STORAGE] });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      accessToken: expect.stringMatching(/^ya29\.c\.[\w-]{213}$/),
      expireTime: '2023-11-14T23:13:20Z',
    });
    expect(google.whoIs(member(answer, 'accessToken'))).toMatchObject({
      principal: `serviceAccount:${TARGET}`,
      scopes: [STORAGE],
      expiresAtMs: (NOW + 3600) * 1000,
    });
  });

  it('gives the lifetime asked', async () => {
    const answer = await call('generateAccessToken', { scope: [STORAGE], lifetime: '600s' });
    expect(answer.body).toMatchObject({ expireTime: '2023-11-14T22:23:20Z' });
  });

  it('finds the target by its unique id, an encoded e-mail, and with system parameters in the query', async () => {
    const { uniqueId } = google.iam.createServiceAccount({ email: 'other@proj.iam.gserviceaccount.com' });
    google.iam.bindTokenCreator(RUNTIME, 'other@proj.iam.gserviceaccount.com');
    expect((await call('generateAccessToken', { scope: [STORAGE] }, { on: uniqueId })).status).toBe(200);
    const on = encodeURIComponent(TARGET);
    const query = '?$alt=json;enum-encoding=int';
    expect(
      (await call('generateAccessToken', { scope: [STORAGE], delegates: [] }, { on, query })).status,
    ).toBe(200);
  });

  it.each([
    ['no scope', {}],
    ['an empty list of scopes', { scope: [] }],
    ['a scope that is no list', { scope: STORAGE }],
    ['an empty scope', { scope: [''] }],
    ['a scope that is a typo', { scope: ['https://www.googleapis.com/auth/devstorage.readonly'] }],
    ['two scopes in one string', { scope: [`${STORAGE} ${CLOUD_PLATFORM}`] }],
    ['a lifetime without its unit', { scope: [STORAGE], lifetime: '600' }],
    ['a numeric lifetime', { scope: [STORAGE], lifetime: 600 }],
    ['no lifetime at all', { scope: [STORAGE], lifetime: '0s' }],
    ['delegates that are no list', { scope: [STORAGE], delegates: MIDDLE }],
    ['a delegate by its bare e-mail', { scope: [STORAGE], delegates: [MIDDLE] }],
  ])('refuses %s', async (_, body) => {
    const answer = await call('generateAccessToken', body);
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 400, body: INVALID_ARGUMENT });
  });

  it('refuses more than an hour, and takes twelve where the account is allowed them', async () => {
    const answer = await call('generateAccessToken', { scope: [STORAGE], lifetime: '3601s' });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      error: { message: 'The access token lifetime cannot exceed 3600 seconds.', status: 'INVALID_ARGUMENT' },
    });
    google.iam.allowLongLifetimes(TARGET);
    const long = await call('generateAccessToken', { scope: [STORAGE], lifetime: '43200s' });
    expect(long.body).toMatchObject({ expireTime: '2023-11-15T10:13:20Z' });
    expect((await call('generateAccessToken', { scope: [STORAGE], lifetime: '43201s' })).status).toBe(400);
  });

  it('refuses an unknown member of the request, by name', async () => {
    const answer = await call('generateAccessToken', { scopes: [STORAGE] });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('Unknown name \\"scopes\\": Cannot find field.');
  });

  it('refuses a body that is no JSON object', async () => {
    expect((await call('generateAccessToken', '{"scope":')).status).toBe(400);
    expect((await call('generateAccessToken', [STORAGE])).status).toBe(400);
  });

  it('refuses a project instead of the dash', async () => {
    const token = google.iam.mintAccessToken(RUNTIME, [CLOUD_PLATFORM]);
    const url = `${google.url}/v1/projects/proj/serviceAccounts/${TARGET}:generateAccessToken`;
    expect((await callApi(url, { token, json: { scope: [STORAGE] } })).body).toEqual(INVALID_ARGUMENT);
  });
});

describe('generateIdToken', () => {
  beforeEach(() => google.iam.bind({ caller: RUNTIME, permission: PERMISSION.generateIdToken, on: TARGET }));
  it('gives the account’s unique id, and its e-mail only when asked', async () => {
    expect(await idTokenClaims({})).toEqual(plainClaims());
    expect(await idTokenClaims({ includeEmail: true })).toEqual({
      ...plainClaims(),
      email: TARGET,
      email_verified: true,
    });
    expect(await idTokenClaims({ includeEmail: 'false' })).toEqual(plainClaims());
  });

  it('tolerates what client libraries send: useEmailAzp, and booleans as strings', async () => {
    const body = { includeEmail: 'true', useEmailAzp: 'true', delegates: [] };
    expect(await idTokenClaims(body)).toEqual({
      ...plainClaims(),
      azp: TARGET,
      email: TARGET,
      email_verified: true,
    });
  });

  it('claims google.organization_number on request, and never compute_engine', async () => {
    expect(await idTokenClaims({ organizationNumberIncluded: true })).toEqual({
      ...plainClaims(),
      google: { organization_number: null },
    });
  });

  it.each([{}, { audience: '' }, { audience: ['a'] }, { audience: 'a', includeEmail: 1 }])(
    'refuses %j',
    async (body) => {
      expect((await call('generateIdToken', body)).body).toEqual(INVALID_ARGUMENT);
    },
  );
});

describe('signJwt', () => {
  beforeEach(() => google.iam.bind({ caller: RUNTIME, permission: PERMISSION.signJwt, on: TARGET }));

  it('signs the payload as it is with the account’s own key', async () => {
    const payload = '{"iss":"x", "exp":1700000001}';
    const answer = await call('signJwt', { payload });
    const jwt = decodeJwt(member(answer, 'signedJwt'));
    expect(jwt?.header).toEqual({ alg: 'RS256', kid: member(answer, 'keyId'), typ: 'JWT' });
    expect(jwt && isSignedBy(jwt, google.iam.publicKey(TARGET))).toBe(true);
    expect(Buffer.from(jwt?.signingInput.split('.')[1] ?? '', 'base64url').toString()).toBe(payload);
  });

  it('uses one key for each account, none of which is Google’s', () => {
    const kids = [TARGET, RUNTIME, TARGET].map((email) => google.iam.signingKey(email).kid);
    expect(kids[0]).toBe(kids[2]);
    expect(new Set([...kids, ...google.keys.served.map(({ kid }) => kid)]).size).toBe(4);
  });

  it.each([
    ['an object', { payload: { iss: 'x' } }],
    ['no payload', {}],
    ['a payload that is no JSON', { payload: 'iss=x' }],
    ['a payload that is no object', { payload: '[]' }],
    ['an exp of text', { payload: `{"exp":"${NOW + 60}"}` }],
    ['an exp with a fraction', { payload: `{"exp":${NOW + 60}.5}` }],
    ['an exp in the past', { payload: `{"exp":${NOW - 1}}` }],
    ['an exp beyond twelve hours', { payload: `{"exp":${NOW + 43_201}}` }],
  ])('refuses %s', async (_, body) => {
    expect((await call('signJwt', body)).body).toEqual(INVALID_ARGUMENT);
  });

  it('takes an exp of twelve hours, by Google’s clock', async () => {
    expect((await call('signJwt', { payload: `{"exp":${NOW + 43_200}}` })).status).toBe(200);
    google.clockOffsetMs = -1000;
    const token = google.iam.mintAccessToken(RUNTIME, [CLOUD_PLATFORM]);
    expect((await call('signJwt', { payload: `{"exp":${NOW + 43_200}}` }, { token })).status).toBe(400);
  });
});

describe('signBlob', () => {
  it('signs bytes with the account’s own key', async () => {
    google.iam.bind({ caller: RUNTIME, permission: PERMISSION.signBlob, on: TARGET });
    const answer = await call('signBlob', { payload: 'aGVsbG8=' });
    const signature = Buffer.from(member(answer, 'signedBlob'), 'base64');
    expect(verify('RSA-SHA256', Buffer.from('hello'), google.iam.publicKey(TARGET), signature)).toBe(true);
    expect((await call('signBlob', { payload: '%' })).body).toEqual(INVALID_ARGUMENT);
  });
});

describe('allowedLocations', () => {
  it('is not found, which clients take as none', async () => {
    expect(
      (await callApi(`${google.url}/v1/projects/-/serviceAccounts/${TARGET}/allowedLocations`)).status,
    ).toBe(404);
    expect(google.calls('allowedLocations')).toBe(1);
  });
});

describe.each(METHODS)('who may call %s', (method) => {
  const permission = PERMISSION[method];
  const attempt = (options: Call = {}, more: object = {}): Promise<ApiAnswer> =>
    call(method, { ...GOOD_BODY[method], ...more }, options);

  it('refuses a caller without the method’s own permission', async () => {
    for (const other of Object.values(PERMISSION).filter((one) => one !== permission)) {
      google.iam.bind({ caller: RUNTIME, permission: other, on: TARGET });
    }
    const answer = await attempt();
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 403, body: denied(permission) });
    google.iam.bind({ caller: RUNTIME, permission, on: TARGET });
    expect((await attempt()).status).toBe(200);
    google.iam.unbind({ caller: RUNTIME, permission, on: TARGET });
    expect((await attempt()).status).toBe(403);
  });

  it('refuses an account that acts on itself without being bound to', async () => {
    const token = google.iam.mintAccessToken(TARGET, [CLOUD_PLATFORM]);
    expect((await attempt({ token })).body).toEqual(denied(permission));
    google.iam.bindTokenCreator(TARGET, TARGET);
    expect((await attempt({ token })).status).toBe(200);
  });

  it('refuses a user who is not bound, and takes one who is', async () => {
    google.workspace.addUser('alice@example.com');
    const token = google.workspace.mintAccessToken('alice@example.com', [CLOUD_PLATFORM]);
    expect((await attempt({ token })).status).toBe(403);
    google.iam.bindTokenCreator('alice@example.com', TARGET);
    expect((await attempt({ token })).status).toBe(200);
  });

  it('refuses an unknown target by name', async () => {
    const answer = await attempt({ on: 'nope@p.iam.gserviceaccount.com' });
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 404,
      body: {
        error: {
          code: 404,
          message: 'Not found; Gaia id not found for email nope@p.iam.gserviceaccount.com',
          status: 'NOT_FOUND',
        },
      },
    });
  });

  it('refuses a token that is unknown or expired, with the same words', async () => {
    const body = {
      error: {
        code: 401,
        message:
          'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid ' +
          'authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
        status: 'UNAUTHENTICATED',
      },
    };
    const unknown = await attempt({ token: 'ya29.c.invented' });
    expect({ status: unknown.status, body: unknown.body }).toEqual({ status: 401, body });
    const token = google.iam.mintAccessToken(RUNTIME, [CLOUD_PLATFORM], 60);
    now += 60_000;
    expect((await attempt({ token })).body).toEqual(body);
  });

  it('refuses a call without a token', async () => {
    const url = `${google.url}/v1/projects/-/serviceAccounts/${TARGET}:${method}`;
    const answer = await callApi(url, { json: GOOD_BODY[method] });
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ error: { details: [{ reason: 'CREDENTIALS_MISSING' }] } });
  });

  it('refuses a token without the scope', async () => {
    google.iam.bindTokenCreator(RUNTIME, TARGET);
    const answer = await attempt({ token: google.iam.mintAccessToken(RUNTIME, [STORAGE]) });
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 403,
      body: {
        error: {
          code: 403,
          message: 'Request had insufficient authentication scopes.',
          status: 'PERMISSION_DENIED',
          details: [
            {
              '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
              reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
              domain: 'googleapis.com',
              metadata: {
                service: 'iamcredentials.googleapis.com',
                method: `google.iam.credentials.v1.IAMCredentials.${method[0]?.toUpperCase()}${method.slice(1)}`,
              },
            },
          ],
        },
      },
    });
    const token = google.iam.mintAccessToken(RUNTIME, ['https://www.googleapis.com/auth/iam']);
    expect((await attempt({ token })).status).toBe(200);
  });

  it('refuses everybody while the API is off', async () => {
    google.iam.bindTokenCreator(RUNTIME, TARGET);
    google.iam.disableApi();
    const answer = await attempt();
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({
      error: {
        status: 'PERMISSION_DENIED',
        details: [
          {
            reason: 'SERVICE_DISABLED',
            metadata: { consumer: 'projects/123', service: 'iamcredentials.googleapis.com' },
          },
        ],
      },
    });
    google.iam.enableApi();
    expect((await attempt()).status).toBe(200);
  });

  it.each([400, 403, 404] as const)(
    'refuses a disabled target with the status that the test chose: %i',
    async (status) => {
      google.iam.bindTokenCreator(RUNTIME, TARGET);
      google.iam.disable(TARGET, { status });
      expect((await attempt()).status).toBe(status);
      google.iam.enable(TARGET);
      expect((await attempt()).status).toBe(200);
    },
  );

  it('refuses a deleted target, and gives the next of that e-mail nothing of the old one', async () => {
    google.iam.bindTokenCreator(RUNTIME, TARGET);
    const old = google.iam.serviceAccount(TARGET);
    google.iam.delete(TARGET);
    expect((await attempt()).status).toBe(404);
    const fresh = google.iam.createServiceAccount({ email: TARGET });
    expect(fresh.uniqueId).not.toBe(old.uniqueId);
    expect((await attempt()).status).toBe(403);
  });

  it('refuses a caller that was disabled, or deleted and created again, after it got its token', async () => {
    google.iam.bindTokenCreator(RUNTIME, TARGET);
    const token = google.iam.mintAccessToken(RUNTIME, [CLOUD_PLATFORM]);
    google.iam.disable(RUNTIME);
    const answer = await attempt({ token });
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({
      error: { details: [{ reason: 'ACCOUNT_STATE_INVALID', metadata: { email: RUNTIME } }] },
    });
    google.iam.delete(RUNTIME);
    google.iam.createServiceAccount({ email: RUNTIME });
    google.iam.bindTokenCreator(RUNTIME, TARGET);
    expect((await attempt({ token })).status).toBe(401);
  });

  it('follows a chain of delegates in which each may act on the next', async () => {
    const more = chain(MIDDLE);
    expect((await attempt({}, more)).body).toEqual(denied('iam.serviceAccounts.implicitDelegation'));
    google.iam.bind({ caller: RUNTIME, permission: 'iam.serviceAccounts.implicitDelegation', on: MIDDLE });
    expect((await attempt({}, more)).body).toEqual(denied(permission));
    google.iam.bind({ caller: MIDDLE, permission, on: TARGET });
    expect((await attempt({}, more)).status).toBe(200);
    expect((await attempt()).status).toBe(403);
  });

  it('refuses a longer chain with one link missing, or in another order', async () => {
    const FIRST = 'first@proj.iam.gserviceaccount.com';
    google.iam.createServiceAccount({ email: FIRST });
    google.iam.bindTokenCreator(RUNTIME, FIRST);
    google.iam.bindTokenCreator(MIDDLE, TARGET);
    expect((await attempt({}, chain(FIRST, MIDDLE))).body).toEqual(
      denied('iam.serviceAccounts.implicitDelegation'),
    );
    google.iam.bindTokenCreator(FIRST, MIDDLE);
    expect((await attempt({}, chain(FIRST, MIDDLE))).status).toBe(200);
    expect((await attempt({}, chain(MIDDLE, FIRST))).status).toBe(403);
    expect((await attempt({}, chain(FIRST, 'nobody@proj.iam.gserviceaccount.com'))).status).toBe(404);
    google.iam.disable(FIRST);
    expect((await attempt({}, chain(FIRST, MIDDLE))).status).toBe(403);
  });
});

describe('the knobs themselves', () => {
  it('refuse to bind on, mint for or create twice what is not or already there', () => {
    expect(() => google.iam.bindTokenCreator(RUNTIME, 'x@y.z')).toThrow('no service account "x@y.z"');
    expect(() => google.iam.mintAccessToken('x@y.z', [])).toThrow('no service account "x@y.z"');
    expect(() => google.iam.createServiceAccount({ email: TARGET })).toThrow('exists already');
    expect(() => google.workspace.mintAccessToken('x@y.z', [])).toThrow('no user "x@y.z"');
  });
});
