import * as fc from '../../support/properties.ts';
import { describe, expect, it } from 'vitest';
import type { HttpAnswer } from '../../../refresher/vending/http-call.ts';
import { outcomeOf, type Asked } from '../../../refresher/vending/outcome.ts';
import { TOKEN_TYPES } from '../../../shared/protocol.ts';
import { AccessToken, IdToken } from '../../../shared/tokens.ts';
import { ALICE_TARGET, TRAINER_TARGET } from '../tokens/scripted-function.ts';

const URL = 'https://impersonate.example';
const ACCESS: Asked = { target: TRAINER_TARGET, tokenType: TOKEN_TYPES.accessToken, url: URL };
const ID: Asked = { ...ACCESS, tokenType: TOKEN_TYPES.idToken };

const GRANTED = {
  access_token: 'ya29.c.b0Aaek',
  issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  token_type: 'Bearer',
  expires_in: 3599,
  scope: 'https://www.googleapis.com/auth/drive.readonly openid',
};
const ID_GRANTED = {
  access_token: 'e30.e30.c2ln',
  issued_token_type: 'urn:ietf:params:oauth:token-type:id_token',
  token_type: 'N_A',
  expires_in: 3599,
};

function answer(status: number, body: unknown, headers: Record<string, string> = {}): HttpAnswer {
  const given: Record<string, string> = { 'content-type': 'application/json', ...headers };
  return {
    status,
    header: (name) => given[name],
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

const refusal = (error: unknown) => ({ error, error_description: 'eyJ.secret', error_uri: 'https://x' });

describe('a grant', () => {
  it('is a token, its life and its scopes', () => {
    expect(outcomeOf(answer(200, GRANTED), ACCESS)).toEqual({
      kind: 'granted',
      token: new AccessToken('ya29.c.b0Aaek'),
      expiresInSeconds: 3599,
      scopes: ['https://www.googleapis.com/auth/drive.readonly', 'openid'],
    });
  });

  it('of an ID token is an ID token', () => {
    const outcome = outcomeOf(answer(200, ID_GRANTED), ID);
    expect(outcome).toMatchObject({ kind: 'granted', expiresInSeconds: 3599, scopes: [] });
    expect(outcome.kind === 'granted' && outcome.token).toBeInstanceOf(IdToken);
  });

  it('is read whatever the charset, and with fields that nobody knows', () => {
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' };
    expect(outcomeOf(answer(200, { ...GRANTED, extra: 1 }, headers), ACCESS).kind).toBe('granted');
  });

  it('for longer than any token lives counts for that long', () => {
    expect(outcomeOf(answer(200, { ...GRANTED, expires_in: 1e9 }), ACCESS)).toMatchObject({
      expiresInSeconds: 43_200,
    });
  });
});

describe('a refusal', () => {
  it.each([
    { error: 'invalid_target', asked: ACCESS },
    { error: 'invalid_target', asked: ID },
    { error: 'invalid_scope', asked: ACCESS },
  ])('is a 400 in JSON that says $error', ({ error, asked }) => {
    const outcome = outcomeOf(answer(400, refusal(error)), asked);
    expect(outcome).toMatchObject({ kind: 'refused', error });
    const { sentence = '' } = outcome as { sentence?: string };
    // what the server wrote may quote what it was sent
    expect(sentence).not.toContain('secret');
    expect(sentence).toContain(TRAINER_TARGET.member);
    expect(sentence).toContain(URL);
  });

  it('tells the user what to do', () => {
    expect(outcomeOf(answer(400, refusal('invalid_target')), ACCESS)).toMatchObject({
      sentence: `This caller may not become that target. Ask whoever manages the grants; the audit log of the function holds the reason. (invalid_target: ${TRAINER_TARGET.member} at ${URL})`,
    });
  });
});

describe('an outage, because only the function itself may say no:', () => {
  const HTML = { 'content-type': 'text/html; charset=UTF-8' };
  const page = '<html>{"error":"invalid_target"}</html>';

  it.each([400, 401, 403, 404, 405, 429, 500, 502, 503, 504])('an error page of the edge (%d)', (status) => {
    expect(outcomeOf(answer(status, page, HTML), ACCESS).kind).toBe('outage');
  });

  it.each([401, 403, 404, 409, 429, 500, 503])(
    'the word of a refusal under another status (%d)',
    (status) => {
      expect(outcomeOf(answer(status, refusal('invalid_target')), ACCESS).kind).toBe('outage');
    },
  );

  it.each(['text/html', 'text/plain', 'application/jsonp', 'text/json', ''])(
    'a refusal that is no JSON (%s)',
    (type) => {
      expect(outcomeOf(answer(400, refusal('invalid_target'), { 'content-type': type }), ACCESS).kind).toBe(
        'outage',
      );
    },
  );

  it.each([
    'invalid_request',
    'unsupported_grant_type',
    'temporarily_unavailable',
    'server_error',
    'access_denied',
    'unauthorized_client',
    'invalid_grant',
    'INVALID_TARGET',
    'invalid_target ',
    ['invalid_target'],
    { error: 'invalid_target' },
    true,
    null,
    undefined,
  ])('a 400 that says %j', (error) => {
    expect(outcomeOf(answer(400, refusal(error)), ACCESS).kind).toBe('outage');
  });

  it.each([
    '',
    'null',
    '[]',
    '"invalid_target"',
    '[{"error":"invalid_target"}]',
    '{"error":"invalid_target"',
    '\uFEFF{}',
  ])('a 400 whose body is %j', (body) => {
    expect(outcomeOf(answer(400, body), ACCESS).kind).toBe('outage');
  });

  it.each([201, 202, 204, 206, 301, 302, 304, 307])('a grant under another status (%d)', (status) => {
    expect(outcomeOf(answer(status, GRANTED), ACCESS).kind).toBe('outage');
  });

  const spoiled: Record<string, unknown>[] = [
    { expires_in: '3599' },
    { expires_in: 3599.5 },
    { expires_in: 0 },
    { expires_in: -1 },
    { expires_in: null },
    { expires_in: undefined },
    { expires_in: 1e300 },
    { expires_in: [3599] },
    { access_token: '' },
    { access_token: undefined },
    { access_token: null },
    { access_token: 7 },
    { access_token: ['ya29'] },
    { access_token: 'ya29.a b' },
    { access_token: 'ya29\r\nx-evil: 1' },
    { access_token: 'ya29.ü' },
    { access_token: 'x'.repeat(12 * 1024 + 1) },
    { token_type: undefined },
    { token_type: 'N_A' },
    { token_type: 'mac' },
    { issued_token_type: ID_GRANTED.issued_token_type },
  ];
  it.each(spoiled)('a 200 with %j', (spoil) => {
    expect(outcomeOf(answer(200, { ...GRANTED, ...spoil }), ACCESS).kind).toBe('outage');
  });

  it.each(['', 'OK', '[]', 'null', JSON.stringify([GRANTED]), JSON.stringify(GRANTED).slice(0, -20)])(
    'a 200 whose body is %j',
    (body) => {
      expect(outcomeOf(answer(200, body), ACCESS).kind).toBe('outage');
    },
  );

  it('a 200 that is a page', () => {
    expect(outcomeOf(answer(200, JSON.stringify(GRANTED), HTML), ACCESS).kind).toBe('outage');
  });

  it.each([GRANTED, { ...ID_GRANTED, access_token: 'opaque' }, { ...ID_GRANTED, token_type: 'Bearer' }])(
    'something else where an ID token was asked for (%#)',
    (body) => {
      expect(outcomeOf(answer(200, body), ID).kind).toBe('outage');
    },
  );

  it('an ID token where an access token was asked for', () => {
    expect(outcomeOf(answer(200, ID_GRANTED), ACCESS).kind).toBe('outage');
  });
});

describe('an outage says', () => {
  it.each([
    {
      status: 403,
      body: '',
      says: "answered 403. Check that the VM's service account may invoke it (roles/run.invoker)",
    },
    {
      status: 404,
      body: '',
      says: 'answered 404. Check that --impersonate-url leads to a token-vending function.',
    },
    {
      status: 302,
      body: '',
      says: 'answered 302. Check that --impersonate-url leads to a token-vending function.',
    },
    { status: 200, body: 'hello', says: 'answered 200. That is no token. Check that --impersonate-url' },
    {
      status: 400,
      body: refusal('invalid_request'),
      says: 'answered 400 invalid_request. It does not accept the VM',
    },
    {
      status: 500,
      body: refusal('server_error'),
      says: 'answered 500 server_error. An operator has to mend something',
    },
    {
      status: 503,
      body: refusal('temporarily_unavailable'),
      says: 'answered 503 temporarily_unavailable. It is busy',
    },
    { status: 429, body: '', says: 'answered 429. It is busy or down, and will be asked again.' },
    { status: 400, body: refusal('Bearer eyJ.secret'), says: 'answered 400 with an unknown error. ' },
  ])('what to check after $says', ({ status, body, says }) => {
    const outcome = outcomeOf(answer(status, body), ACCESS);
    expect(outcome).toMatchObject({
      sentence: expect.stringContaining(`The function at ${URL} ${says}`) as string,
    });
    expect(JSON.stringify(outcome)).not.toContain('secret');
  });

  it('the flags of the function that was asked', () => {
    const outcome = outcomeOf(answer(400, refusal('invalid_request')), { ...ACCESS, target: ALICE_TARGET });
    expect(outcome).toMatchObject({ sentence: expect.stringContaining('--delegate-audience') as string });
  });

  it('when to come again, where the server does', () => {
    expect(outcomeOf(answer(503, '', { 'retry-after': '7' }), ACCESS)).toMatchObject({
      retryAfterSeconds: 7,
    });
    expect(outcomeOf(answer(503, ''), ACCESS)).not.toHaveProperty('retryAfterSeconds');
  });
});

it('nothing that a server may send throws, is granted by chance, or shows up in a sentence', () => {
  const bodies = fc.oneof(
    fc.json(),
    fc.string(),
    fc.object().map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 599 }),
      bodies,
      fc.constantFrom(ACCESS, ID),
      (status, body, asked) => {
        expect(outcomeOf(answer(status, body), asked).kind).toBe('outage');
      },
    ),
  );
});
