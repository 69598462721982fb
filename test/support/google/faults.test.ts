import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { callApi, type ApiAnswer } from './api-client.ts';
import { startFakeGoogle, type Fault, type FakeGoogle, type Route } from './fake-google.ts';

const EMAIL = 'sa@proj.iam.gserviceaccount.com';
const CLOUD_PLATFORM = 'https://www.googleapis.com/auth/cloud-platform';

let google: FakeGoogle;
beforeEach(async () => {
  google = await startFakeGoogle();
  google.iam.createServiceAccount({ email: EMAIL });
  google.iam.bindTokenCreator(EMAIL, EMAIL);
});
afterEach(() => google.close());

function generateAccessToken(signal?: AbortSignal): Promise<ApiAnswer> {
  const url = `${google.url}/v1/projects/-/serviceAccounts/${EMAIL}:generateAccessToken`;
  const token = google.iam.mintAccessToken(EMAIL, [CLOUD_PLATFORM]);
  return callApi(url, { token, json: { scope: [CLOUD_PLATFORM] }, ...(signal && { signal }) });
}

async function answerUnder(fault: Fault, route: Route = 'generateAccessToken'): Promise<ApiAnswer> {
  google.faults.set(route, fault);
  return route === 'oauthToken' ? callApi(google.oauthTokenUrl, { form: {} }) : generateAccessToken();
}

describe('answers in place of the usual one', () => {
  it.each([
    [500, { code: 500, message: 'Internal error encountered.', status: 'INTERNAL' }],
    [503, { code: 503, message: 'The service is currently unavailable.', status: 'UNAVAILABLE' }],
  ])('status %i has the body of google.rpc at an API', async (status, error) => {
    const answer = await answerUnder({ kind: 'status', status });
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body: { error } });
  });

  it('status 429 names the quota', async () => {
    const answer = await answerUnder({ kind: 'status', status: 429, headers: { 'retry-after': '7' } });
    expect(answer.headers.get('retry-after')).toBe('7');
    expect(answer.body).toMatchObject({
      error: {
        code: 429,
        status: 'RESOURCE_EXHAUSTED',
        details: [{ reason: 'RATE_LIMIT_EXCEEDED', metadata: { consumer: 'projects/123' } }],
      },
    });
  });

  it.each([
    [429, 'temporarily_unavailable'],
    [500, 'internal_failure'],
    [503, 'temporarily_unavailable'],
  ])('status %i has the body of RFC 6749 at the OAuth endpoint', async (status, error) => {
    const answer = await answerUnder({ kind: 'status', status }, 'oauthToken');
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error, error_description: expect.any(String) });
  });

  it('status takes a body of its own', async () => {
    expect((await answerUnder({ kind: 'status', status: 418, body: { a: 1 } })).body).toEqual({ a: 1 });
    expect((await answerUnder({ kind: 'status', status: 418, body: 'teapot' })).text).toBe('teapot');
  });

  it('html is a page', async () => {
    const answer = await answerUnder({ kind: 'html', status: 502 });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([502, 'text/html; charset=UTF-8']);
    expect(answer.body).toBeUndefined();
  });

  it('body is any text under any type', async () => {
    const answer = await answerUnder({
      kind: 'body',
      status: 200,
      body: '{"accessToken":7}',
      contentType: 'text/plain',
    });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain']);
    expect(answer.body).toEqual({ accessToken: 7 });
  });

  it('noAccessToken is a success with an ID token alone', async () => {
    const answer = await answerUnder({ kind: 'noAccessToken' }, 'oauthToken');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ id_token: expect.any(String) });
  });

  it('bodyOfBytes is as long as it says', async () => {
    expect((await answerUnder({ kind: 'bodyOfBytes', bytes: 3_000_000 })).text).toHaveLength(3_000_000);
  });
});

describe('the usual answer, spoilt', () => {
  it('latency comes late', async () => {
    const start = performance.now();
    expect((await answerUnder({ kind: 'latency', ms: 40 })).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThan(35);
  });

  it('truncatedJson stops in the middle', async () => {
    const answer = await answerUnder({ kind: 'truncatedJson' });
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(/^\{"accessToken":"ya29/);
    expect(answer.body).toBeUndefined();
  });

  it('slowBody drips to its end', async () => {
    expect((await answerUnder({ kind: 'slowBody', everyMs: 0 })).body).toHaveProperty('accessToken');
  });
});

describe('no answer', () => {
  it('reset breaks the connection', async () => {
    const failure = await answerUnder({ kind: 'reset' }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ cause: { code: 'ECONNRESET' } });
  });

  it.each([{ kind: 'hang' }, { kind: 'slowBody' }] as const)(
    '$kind lasts until the client gives up',
    async (fault) => {
      google.faults.set('generateAccessToken', fault);
      await expect(generateAccessToken(AbortSignal.timeout(50))).rejects.toMatchObject({
        name: 'TimeoutError',
      });
    },
  );

  it.each([{ kind: 'hang' }, { kind: 'slowBody' }, { kind: 'latency', ms: 60_000 }] as const)(
    '$kind does not hold up the end',
    async (fault) => {
      google.faults.set('generateAccessToken', fault);
      const arrived = new Promise<void>((resolve) =>
        google.faults.onRequest('generateAccessToken', () => resolve()),
      );
      const failure = generateAccessToken().catch((error: unknown) => error);
      await arrived;
      await google.close();
      expect(await failure).toBeInstanceOf(TypeError);
    },
  );
});

describe('which requests', () => {
  it('so many, and then the usual answer', async () => {
    google.faults.set('generateAccessToken', { kind: 'status', status: 503 }, { times: 2 });
    const statuses = [];
    for (let n = 0; n < 4; n += 1) statuses.push((await generateAccessToken()).status);
    expect(statuses).toEqual([503, 503, 200, 200]);
    expect(google.calls('generateAccessToken')).toBe(4);
  });

  it('those of one route, until it is cleared', async () => {
    google.faults.set('jwks', { kind: 'status', status: 500 });
    expect((await generateAccessToken()).status).toBe(200);
    expect((await callApi(google.jwksUrl)).status).toBe(500);
    google.faults.clear('jwks');
    expect((await callApi(google.jwksUrl)).status).toBe(200);
    google.faults.set('jwks', { kind: 'hang' });
    google.faults.clear();
    expect((await callApi(google.jwksUrl)).status).toBe(200);
  });

  it('those of a path', async () => {
    google.faults.set('jwks', { kind: 'status', status: 500 }, { path: /\?v=2$/, times: 1 });
    expect((await callApi(google.jwksUrl)).status).toBe(200);
    expect((await callApi(`${google.jwksUrl}?v=2`)).status).toBe(500);
  });
});

describe('hooks', () => {
  it('see each request before it is answered, until they are taken off', async () => {
    const paths: string[] = [];
    const stop = google.faults.onRequest('jwks', (path) => {
      paths.push(path);
      google.faults.set('jwks', { kind: 'status', status: 503 });
    });
    expect((await callApi(google.jwksUrl)).status).toBe(503);
    stop();
    await callApi(google.jwksUrl);
    expect(paths).toEqual(['/oauth2/v3/certs']);
  });
});
