import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../../shared/fault.ts';
import { createSend } from '../../../shared/http/outbound.ts';
import { createTokenEndpoint, type TokenEndpoint } from '../../../shared/minting/token-endpoint.ts';
import { Assertion } from '../../../shared/tokens.ts';
import { NOW } from '../../support/domain/clock.ts';
import { callContext } from '../../support/domain/contexts.ts';
import { ALICE, DRIVE, SIGNER } from '../../support/domain/questions.ts';
import { startFakeGoogle, type FakeGoogle } from '../../support/google/fake-google.ts';

const NOW_SECONDS = NOW.getTime() / 1000;

let google: FakeGoogle;
let endpoint: TokenEndpoint;
beforeAll(async () => {
  google = await startFakeGoogle({ clock: () => NOW.getTime() });
  const { clientId } = google.iam.createServiceAccount({ email: SIGNER });
  google.workspace.addUser(ALICE);
  google.workspace.authorize({ clientId, scopes: [DRIVE] });
  const send = createSend({ attemptTimeoutMs: 2_000, random: () => 0 });
  endpoint = createTokenEndpoint({ url: google.oauthTokenUrl, send });
});
beforeEach(() => google.resetCalls());
afterEach(() => google.faults.clear());
afterAll(() => google.close());

/** An assertion of the signer for alice; `changes` are laid over its claims. */
function assertion(changes: Readonly<Record<string, unknown>> = {}): Assertion {
  const claims = {
    iss: SIGNER,
    sub: ALICE,
    scope: DRIVE,
    aud: 'https://oauth2.googleapis.com/token',
    iat: NOW_SECONDS,
    exp: NOW_SECONDS + 300,
    ...changes,
  };
  return new Assertion(google.keys.sign({ claims, key: google.iam.signingKey(SIGNER) }));
}

function exchange(changes: Readonly<Record<string, unknown>> = {}, context = callContext()) {
  return endpoint.exchangeAssertion(assertion(changes), context);
}

describe('the token endpoint', () => {
  it("gives the user's token and its life", async () => {
    const context = callContext();
    const { token, expiresInSeconds } = await exchange({}, context);
    expect(expiresInSeconds).toBe(3599);
    expect(google.whoIs(token.reveal())).toMatchObject({ principal: `user:${ALICE}`, scopes: [DRIVE] });
    expect(context.upstreamMs.oauth).toBeGreaterThan(0);
  });

  it.each(['Bearer', 'bearer', 'BEARER'])('may write the type %s', async (token_type) => {
    const body = JSON.stringify({ access_token: 'ya29.x', expires_in: 1, token_type, scope: DRIVE });
    google.faults.set('oauthToken', { kind: 'body', status: 200, body });
    expect(await exchange()).toMatchObject({ expiresInSeconds: 1 });
  });

  it('is asked again where it fails for a moment', async () => {
    google.faults.set('oauthToken', { kind: 'status', status: 503 }, { times: 1 });
    expect(await exchange()).toMatchObject({ expiresInSeconds: 3599 });
    expect(google.calls('oauthToken')).toBe(2);
  });
});

describe('an assertion that Google refuses', () => {
  const UNAUTHORIZED =
    'Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.';

  it.each([
    {
      what: 'of a user who does not exist',
      changes: { sub: 'nobody@example.com' },
      answered: '400 invalid_grant Invalid email or User ID',
    },
    {
      what: 'for a scope that nobody delegated',
      changes: { scope: `${DRIVE}.other` },
      answered: `401 unauthorized_client ${UNAUTHORIZED}`,
    },
    {
      what: 'for another audience',
      changes: { aud: 'https://example.com' },
      answered: '400 invalid_grant Invalid JWT: Failed audience check.',
    },
    {
      what: 'that expired long ago',
      changes: { iat: NOW_SECONDS - 7200, exp: NOW_SECONDS - 6900 },
      answered:
        '400 invalid_grant Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
    },
  ])('$what is a fault for the operator', async ({ changes, answered }) => {
    await expect(exchange(changes)).rejects.toThrow(
      new Fault('oauth_rejected', { detail: `the token endpoint answered ${answered}` }),
    );
    expect(google.calls('oauthToken')).toBe(1);
  });

  it('by its signature is a fault for the operator', async () => {
    const forged = new Assertion(`${assertion().reveal().split('.').slice(0, 2).join('.')}.c2lnbmF0dXJl`);
    await expect(endpoint.exchangeAssertion(forged, callContext())).rejects.toThrow(
      new Fault('oauth_rejected', {
        detail: 'the token endpoint answered 400 invalid_grant Invalid JWT Signature.',
      }),
    );
  });

  it('is not quoted, even where Google quotes it', async () => {
    const quoted = assertion().reveal();
    google.faults.set('oauthToken', {
      kind: 'oauthError',
      status: 400,
      error: 'invalid_request',
      error_description: `Bad assertion: ${quoted}`,
    });
    await expect(exchange()).rejects.toThrow(
      new Fault('oauth_rejected', {
        detail: 'the token endpoint answered 400 invalid_request Bad assertion: […]',
      }),
    );
  });
});

/** https://developers.google.com/identity/protocols/oauth2/service-account#error-codes, row by row. */
const ROWS = [
  { status: 401, error: 'unauthorized_client', description: 'Unauthorized client or scope in request.' },
  { status: 403, error: 'access_denied', description: 'Requested client not authorized.' },
  { status: 400, error: 'admin_policy_enforced', description: '' },
  { status: 401, error: 'invalid_client', description: 'The OAuth client was not found.' },
  { status: 401, error: 'deleted_client', description: 'The OAuth client was deleted.' },
  { status: 401, error: 'disabled_client', description: 'The OAuth client was disabled.' },
  { status: 400, error: 'invalid_grant', description: 'Invalid email or User ID' },
  { status: 400, error: 'invalid_grant', description: 'Not a valid email' },
  { status: 400, error: 'invalid_grant', description: 'Invalid JWT Signature.' },
  { status: 400, error: 'invalid_grant', description: 'Invalid grant: account not found' },
  { status: 400, error: 'invalid_grant', description: 'Invalid JWT: iat (issued at) is not set.' },
  { status: 400, error: 'invalid_scope', description: 'Invalid OAuth scope or ID token audience provided.' },
  {
    status: 403,
    error: 'org_internal',
    description: 'This client is restricted to users within its organization.',
  },
  { status: 400, error: 'invalid_request', description: 'Bad Request' },
];

describe('an error of the token endpoint', () => {
  it.each(ROWS)(
    '$status $error "$description" is for the operator',
    async ({ status, error, description }) => {
      const isPlain = description === '';
      google.faults.set('oauthToken', {
        kind: 'oauthError',
        status,
        error,
        ...(!isPlain && { error_description: description }),
      });
      const detail = ['the token endpoint answered', status, error, ...(isPlain ? [] : [description])].join(
        ' ',
      );
      await expect(exchange()).rejects.toThrow(new Fault('oauth_rejected', { detail }));
      expect(google.calls('oauthToken')).toBe(1);
    },
  );

  it.each([
    { status: 400, error: 'internal_failure', calls: 1 },
    { status: 400, error: 'server_error', calls: 1 },
    { status: 400, error: 'temporarily_unavailable', calls: 1 },
    { status: 429, error: 'rate_limit_exceeded', calls: 1 },
    { status: 408, error: 'timeout', calls: 2 },
    { status: 500, error: 'internal_failure', calls: 2 },
    { status: 503, error: 'invalid_grant', calls: 2 },
  ])('$status $error passes', async ({ status, error, calls }) => {
    google.faults.set('oauthToken', { kind: 'oauthError', status, error });
    await expect(exchange()).rejects.toThrow(
      new Fault('oauth_unavailable', { detail: `the token endpoint answered ${status} ${error}` }),
    );
    expect(google.calls('oauthToken')).toBe(calls);
  });

  it.each([
    { status: 502, reason: 'oauth_unavailable' },
    { status: 503, reason: 'oauth_unavailable' },
    { status: 403, reason: 'oauth_rejected' },
  ] as const)('in HTML with $status is $reason', async ({ status, reason }) => {
    google.faults.set('oauthToken', { kind: 'html', status });
    await expect(exchange()).rejects.toThrow(
      new Fault(reason, { detail: `the token endpoint answered ${status}` }),
    );
  });

  it('says what Google asks callers to wait', async () => {
    google.faults.set('oauthToken', { kind: 'status', status: 503, headers: { 'retry-after': '30' } });
    await expect(exchange()).rejects.toThrow(
      expect.objectContaining({ reason: 'oauth_unavailable', retryAfterSeconds: 30 }),
    );
  });
});

describe('a success of the token endpoint', () => {
  const WITHOUT = new Fault('oauth_without_access_token', {
    detail: 'the token endpoint answered 200 without a usable access token; check the scopes of the grant',
  });

  it('with an ID token alone, as for a scope that does not exist, is a fault', async () => {
    google.faults.set('oauthToken', { kind: 'noAccessToken' });
    await expect(exchange()).rejects.toThrow(WITHOUT);
  });

  const GOOD = { access_token: 'ya29.x', expires_in: 3599, token_type: 'Bearer' };
  it.each([
    { what: 'an empty token', body: { ...GOOD, access_token: '' } },
    { what: 'a token that is no text', body: { ...GOOD, access_token: { value: 'x' } } },
    { what: 'no life', body: { ...GOOD, expires_in: undefined } },
    { what: 'a life of nothing', body: { ...GOOD, expires_in: 0 } },
    { what: 'a life in the past', body: { ...GOOD, expires_in: -1 } },
    { what: 'a life in a string', body: { ...GOOD, expires_in: '3599' } },
    { what: 'a broken life', body: { ...GOOD, expires_in: 3599.5 } },
    { what: 'another type', body: { ...GOOD, token_type: 'DPoP' } },
    { what: 'no type', body: { ...GOOD, token_type: undefined } },
    { what: 'null', body: null },
    { what: 'a list', body: [GOOD] },
  ])('with $what is a fault', async ({ body }) => {
    google.faults.set('oauthToken', { kind: 'body', status: 200, body: JSON.stringify(body) });
    await expect(exchange()).rejects.toThrow(WITHOUT);
  });

  it.each([
    { what: 'in HTML', fault: { kind: 'html', status: 200 } },
    { what: 'cut in half', fault: { kind: 'truncatedJson' } },
    { what: 'without a body', fault: { kind: 'body', status: 200, body: '' } },
  ] as const)('$what passes', async ({ fault }) => {
    google.faults.set('oauthToken', fault);
    await expect(exchange()).rejects.toThrow(
      new Fault('oauth_unavailable', {
        detail: 'the token endpoint answered 200 with something that is not JSON',
      }),
    );
  });
});

describe('a token endpoint that cannot be reached', () => {
  it('is a fault that passes', async () => {
    google.faults.set('oauthToken', { kind: 'reset' });
    await expect(exchange()).rejects.toThrow(new Fault('oauth_unavailable'));
  });

  it('until the deadline is the fault of the deadline', async () => {
    google.faults.set('oauthToken', { kind: 'hang' });
    const controller = new AbortController();
    const spent = new Fault('deadline_exceeded');
    const stop = google.faults.onRequest('oauthToken', () => controller.abort(spent));
    await expect(exchange({}, callContext(controller.signal))).rejects.toBe(spent);
    stop();
  });
});
