import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { callApi, member, type ApiAnswer } from './api-client.ts';
import { startFakeGoogle, type FakeGoogle, type RsaKey } from './fake-google.ts';
import type { JsonObject } from './json-object.ts';
import { decodeJwt } from './jwt.ts';

const SIGNER = 'dwd-signer@proj.iam.gserviceaccount.com';
const OTHER = 'other@proj.iam.gserviceaccount.com';
const DRIVE = 'https://www.googleapis.com/auth/drive.readonly';
const GMAIL = 'https://www.googleapis.com/auth/gmail.readonly';
const TYPO = 'https://www.googleapis.com/auth/drive.read_only';
const AUDIENCE = 'https://oauth2.googleapis.com/token';
const NOW = 1_700_000_000;
const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

const NOT_ANY_SCOPE =
  'Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the ' +
  'scopes requested.';
const BAD_TIMES =
  'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. ' +
  'Check your iat and exp values in the JWT claim.';
const NO_SCOPE = 'Invalid OAuth scope or ID token audience provided.';

let google: FakeGoogle;
beforeEach(async () => {
  google = await startFakeGoogle({ clock: () => NOW * 1000 });
  google.iam.createServiceAccount({ email: SIGNER });
  google.iam.createServiceAccount({ email: OTHER });
  google.workspace.addUser('alice@example.com');
  authorize([DRIVE]);
});
afterEach(() => google.close());

function authorize(scopes: string[]): void {
  google.workspace.authorize({ clientId: google.iam.serviceAccount(SIGNER).clientId, scopes });
}

/** A good assertion for alice, but for `claims`. */
function assertion(
  claims: JsonObject = {},
  key: RsaKey = google.iam.signingKey(SIGNER),
  header: JsonObject = {},
): string {
  const good = {
    iss: SIGNER,
    sub: 'alice@example.com',
    scope: DRIVE,
    aud: AUDIENCE,
    iat: NOW,
    exp: NOW + 3600,
  };
  return google.keys.sign({ header, claims: { ...good, ...claims }, key });
}

function post(assertionText: string): Promise<ApiAnswer> {
  return callApi(google.oauthTokenUrl, { form: { grant_type: GRANT_TYPE, assertion: assertionText } });
}

async function answerTo(claims: JsonObject): Promise<unknown[]> {
  return summary(await post(assertion(claims)));
}

/** `[status]` of a success, `[status, error, error_description]` of a refusal. */
function summary(answer: ApiAnswer): unknown[] {
  if (answer.status === 200) return [200];
  return [answer.status, member(answer, 'error'), member(answer, 'error_description')];
}

describe('a delegated token', () => {
  it('is the user’s, with the scopes of the assertion, and lives 3599 seconds', async () => {
    authorize([GMAIL]);
    const answer = await post(assertion({ scope: `${DRIVE} ${GMAIL}` }));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ access_token: expect.any(String), expires_in: 3599, token_type: 'Bearer' });
    expect(google.whoIs(member(answer, 'access_token'))).toEqual({
      principal: 'user:alice@example.com',
      scopes: [DRIVE, GMAIL],
      expiresAtMs: (NOW + 3599) * 1000,
      clientId: google.iam.serviceAccount(SIGNER).clientId,
    });
  });

  it('is given for what IAM Credentials signed', async () => {
    const token = google.iam.mintAccessToken(OTHER, ['https://www.googleapis.com/auth/cloud-platform']);
    google.iam.bind({ caller: OTHER, permission: 'iam.serviceAccounts.signJwt', on: SIGNER });
    const payload = decodeJwt(assertion())?.claims;
    const json = { payload: JSON.stringify(payload) };
    const signed = await callApi(`${google.url}/v1/projects/-/serviceAccounts/${SIGNER}:signJwt`, {
      token,
      json,
    });
    expect(summary(await post(member(signed, 'signedJwt')))).toEqual([200]);
  });

  it('is given again for the same assertion', async () => {
    const text = assertion();
    const tokens = [member(await post(text), 'access_token'), member(await post(text), 'access_token')];
    expect(new Set(tokens).size).toBe(2);
  });

  it('is the user’s however the e-mail is capitalized', async () => {
    const answer = await post(assertion({ sub: 'Alice@Example.com' }));
    expect(google.whoIs(member(answer, 'access_token'))?.principal).toBe('user:alice@example.com');
  });
});

describe('who may become whom', () => {
  it('refuses a user that does not exist, or is suspended', async () => {
    const refusal = [400, 'invalid_grant', 'Invalid email or User ID'];
    expect(await answerTo({ sub: 'bob@example.com' })).toEqual(refusal);
    google.workspace.addUser('carol@example.com', { suspended: true });
    expect(await answerTo({ sub: 'carol@example.com' })).toEqual(refusal);
    google.workspace.suspend('alice@example.com');
    expect(await answerTo({})).toEqual(refusal);
  });

  it('refuses a subject that is no e-mail', async () => {
    expect(await answerTo({ sub: 'alice' })).toEqual([400, 'invalid_grant', 'Not a valid email']);
  });

  it('refuses a signer that the domain did not authorize', async () => {
    google.workspace.revoke(google.iam.serviceAccount(SIGNER).clientId);
    expect(await answerTo({})).toEqual([
      401,
      'unauthorized_client',
      'Unauthorized client or scope in request.',
    ]);
  });

  it('refuses a signer that was authorized by its e-mail instead of its client id', async () => {
    google.workspace.revoke(google.iam.serviceAccount(SIGNER).clientId);
    google.workspace.authorize({ clientId: SIGNER, scopes: [DRIVE] });
    expect(await answerTo({})).toEqual([401, 'unauthorized_client', NOT_ANY_SCOPE]);
  });

  it('refuses when none of the scopes is authorized, a broader one included', async () => {
    expect(await answerTo({ scope: GMAIL })).toEqual([401, 'unauthorized_client', NOT_ANY_SCOPE]);
    google.workspace.revoke(google.iam.serviceAccount(SIGNER).clientId);
    authorize(['https://www.googleapis.com/auth/drive']);
    expect(await answerTo({})).toEqual([401, 'unauthorized_client', NOT_ANY_SCOPE]);
  });

  it('refuses when only some of the scopes are authorized', async () => {
    const refusal = [403, 'access_denied', 'Requested client not authorized.'];
    expect(await answerTo({ scope: `${DRIVE} ${GMAIL}` })).toEqual(refusal);
  });

  it('refuses a scope that nobody knows among authorized ones', async () => {
    expect(await answerTo({ scope: `${DRIVE} ${TYPO}` })).toEqual([
      401,
      'unauthorized_client',
      NOT_ANY_SCOPE,
    ]);
  });
});

describe('without a user', () => {
  it('gives the signer’s own token', async () => {
    const answer = await post(assertion({ sub: undefined, scope: GMAIL }));
    expect(google.whoIs(member(answer, 'access_token'))).toMatchObject({
      principal: `serviceAccount:${SIGNER}`,
    });
    expect(summary(await post(assertion({ sub: SIGNER })))).toEqual([200]);
  });

  it('gives 200 with an ID token alone for a scope that nobody knows', async () => {
    const answer = await post(assertion({ sub: undefined, scope: `${DRIVE} ${TYPO}` }));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ id_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) });
    google.unknownScopes.add(GMAIL);
    expect((await post(assertion({ sub: undefined, scope: GMAIL }))).body).not.toHaveProperty('access_token');
  });
});

describe('the signature', () => {
  const refusal = [400, 'invalid_grant', 'Invalid JWT Signature.'];

  it('refuses an assertion signed by another account’s key', async () => {
    expect(summary(await post(assertion({}, google.iam.signingKey(OTHER))))).toEqual(refusal);
  });

  it('refuses an assertion signed by another key under the signer’s key id', async () => {
    const { kid } = google.iam.signingKey(SIGNER);
    expect(summary(await post(assertion({}, google.iam.signingKey(OTHER), { kid })))).toEqual(refusal);
  });

  it('refuses an assertion signed by Google’s own key, or an unknown one', async () => {
    expect(summary(await post(assertion({}, google.keys.signing)))).toEqual(refusal);
    expect(summary(await post(assertion({}, google.keys.createUnpublishedKey())))).toEqual(refusal);
  });

  it('refuses an algorithm other than RS256', async () => {
    const key = google.iam.signingKey(SIGNER);
    expect(summary(await post(assertion({}, key, { alg: 'RS512' })))).toEqual(refusal);
    const claims = decodeJwt(assertion())?.claims ?? {};
    const hs256 = google.keys.sign({ header: { kid: key.kid }, claims, key: { hmacSecret: key.pem } });
    expect(summary(await post(hs256))).toEqual(refusal);
  });

  it('finds the key by the issuer where the assertion names none', async () => {
    expect(summary(await post(assertion({}, google.iam.signingKey(SIGNER), { kid: undefined })))).toEqual([
      200,
    ]);
  });
});

describe('the account', () => {
  it('refuses a signer that is unknown, or was deleted', async () => {
    const notFound = [400, 'invalid_grant', 'Invalid grant: account not found'];
    expect(await answerTo({ iss: 'nobody@proj.iam.gserviceaccount.com' })).toEqual(notFound);
    const text = assertion();
    google.iam.delete(SIGNER);
    expect(summary(await post(text))).toEqual(notFound);
  });

  it('refuses a signer that is disabled', async () => {
    google.iam.disable(SIGNER);
    expect(await answerTo({})).toEqual([401, 'disabled_client', 'The OAuth client was disabled.']);
  });
});

describe('the times', () => {
  it.each([
    ['an iat 300 s ahead', { iat: NOW + 300 }],
    ['an iat of an hour ago', { iat: NOW - 3600, exp: NOW }],
    ['digits in strings', { iat: String(NOW), exp: String(NOW + 3600) }],
    ['65 minutes', { exp: NOW + 3900 }],
  ])('takes %s', async (_, claims) => {
    expect(await answerTo(claims)).toEqual([200]);
  });

  it.each([
    ['an iat 301 s ahead', { iat: NOW + 301 }, BAD_TIMES],
    ['an iat of two hours ago', { iat: NOW - 7200, exp: NOW - 3600 }, BAD_TIMES],
    ['more than 65 minutes', { exp: NOW + 3901 }, BAD_TIMES],
    ['an exp before its iat', { exp: NOW - 1 }, BAD_TIMES],
    ['an iat that is no number', { iat: 'now' }, BAD_TIMES],
    ['no iat', { iat: undefined }, 'Invalid JWT: iat (issued at) is not set.'],
    ['no exp', { exp: undefined }, 'Invalid JWT: exp (expiration time) is not set.'],
  ])('refuses %s', async (_, claims, description) => {
    expect(await answerTo(claims)).toEqual([400, 'invalid_grant', description]);
  });

  it('goes by Google’s clock', async () => {
    google.clockOffsetMs = -301_000;
    expect(await answerTo({})).toEqual([400, 'invalid_grant', BAD_TIMES]);
    google.clockOffsetMs = -300_000;
    expect(await answerTo({})).toEqual([200]);
  });
});

describe('scope and audience', () => {
  it.each([undefined, '', ' ', 7])('refuses the scope %j', async (scope) => {
    expect(await answerTo({ scope })).toEqual([400, 'invalid_scope', NO_SCOPE]);
  });

  it.each([undefined, 'https://oauth2.googleapis.com/token/', [AUDIENCE], 'http://127.0.0.1/token'])(
    'refuses the audience %j',
    async (aud) => {
      expect(await answerTo({ aud })).toEqual([400, 'invalid_grant', 'Invalid JWT: Failed audience check.']);
    },
  );
});

describe('the order of the checks', () => {
  it('is the recorded one: mending the first fault shows the next', async () => {
    const key = google.iam.signingKey(SIGNER);
    const claims: JsonObject = {
      iss: 'nobody@x.y',
      iat: undefined,
      exp: NOW,
      scope: '',
      aud: 'x',
      sub: 'bob@example.com',
    };
    const steps: [JsonObject, string][] = [
      [{ iss: SIGNER }, 'Invalid grant: account not found'],
      [{ iat: NOW - 7200 }, 'Invalid JWT: iat (issued at) is not set.'],
      [{ iat: NOW, exp: NOW + 60 }, BAD_TIMES],
      [{ scope: GMAIL }, NO_SCOPE],
      [{ aud: AUDIENCE }, 'Invalid JWT: Failed audience check.'],
      [{ sub: 'alice@example.com' }, 'Invalid email or User ID'],
      [{ scope: DRIVE }, NOT_ANY_SCOPE],
    ];
    expect((await post(`${assertion(claims, key)}.x`)).body).toEqual({
      error: 'invalid_request',
      error_description: 'Bad Request',
    });
    expect((await post(assertion(claims, google.keys.signing))).text).toContain('Invalid JWT Signature.');
    for (const [mended, description] of steps) {
      expect((await post(assertion(claims, key))).text).toContain(description);
      Object.assign(claims, mended);
    }
    expect((await post(assertion(claims, key))).status).toBe(200);
  });
});

describe('the request', () => {
  it('refuses another grant type', async () => {
    const form = { grant_type: 'refresh_token', assertion: assertion() };
    const refusal = [400, 'unsupported_grant_type', 'Invalid grant_type: refresh_token'];
    expect(summary(await callApi(google.oauthTokenUrl, { form }))).toEqual(refusal);
  });

  it.each(['', 'x', 'x.y.z', 'e30.e30.'])('refuses the assertion %j', async (text) => {
    expect(summary(await post(text))).toEqual([400, 'invalid_request', 'Bad Request']);
  });

  it('refuses JSON', async () => {
    const json = { grant_type: GRANT_TYPE, assertion: assertion() };
    const refusal = [400, 'invalid_request', 'Required parameter is missing: grant_type'];
    expect(summary(await callApi(google.oauthTokenUrl, { json }))).toEqual(refusal);
  });

  it('refuses a form under another media type', async () => {
    const body = new URLSearchParams({ grant_type: GRANT_TYPE, assertion: assertion() }).toString();
    const answer = await callApi(google.oauthTokenUrl, { json: body });
    expect(summary(answer)).toEqual([400, 'invalid_request', 'Required parameter is missing: grant_type']);
  });

  it('refuses a repeated parameter', async () => {
    const form = `grant_type=${GRANT_TYPE}&grant_type=${GRANT_TYPE}&assertion=${assertion()}`;
    const refusal = [400, 'invalid_request', 'OAuth 2 parameters can only have a single value: grant_type'];
    expect(summary(await callApi(google.oauthTokenUrl, { form }))).toEqual(refusal);
  });

  it('is not found by GET', async () => {
    expect((await callApi(google.oauthTokenUrl)).status).toBe(404);
  });
});

describe('refusals that only a fault can show', () => {
  it.each([
    [400, 'admin_policy_enforced', undefined],
    [401, 'deleted_client', 'The OAuth client was deleted.'],
    [401, 'invalid_client', 'The provided client secret is invalid.'],
    [403, 'org_internal', 'This client is restricted to users within its organization.'],
    [500, 'internal_failure', 'Backend Error'],
  ])('%i %s', async (status, error, description) => {
    const described = description === undefined ? {} : { error_description: description };
    google.faults.set('oauthToken', { kind: 'oauthError', status, error, ...described });
    const answer = await post(assertion());
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body: { error, ...described } });
  });
});
