import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHandler } from '../../functions/http.ts';
import { errorAnswer, type Answer, type Endpoint, type Received } from '../../shared/answering.ts';
import { Fault } from '../../shared/fault.ts';
import { errorResponse } from '../../shared/protocol.ts';
import { Refusal, type RefusalReason } from '../../shared/refusal.ts';
import { startLoopbackServer } from '../support/google/loopback-server.ts';
import { sendRaw, type RawRequest } from '../support/processes/raw-http.ts';

const FORM = 'application/x-www-form-urlencoded';
const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const GRANTED: Answer = {
  status: 200,
  body: {
    access_token: 'ya29.x',
    issued_token_type: 'urn:x',
    token_type: 'Bearer',
    expires_in: 3599,
    scope: 'ü',
  },
};

/** What each exchange came to: the body that it received, or what went wrong. */
let decisions: Promise<unknown>[];
let received: Received[];
let asked: string[];
let answer: (body: string) => Answer;
let deadline: () => AbortSignal;
beforeEach(() => {
  decisions = [];
  received = [];
  asked = [];
  answer = () => GRANTED;
  deadline = () => new AbortController().signal;
});

const endpoint =
  (name: string): Endpoint =>
  async (request) => {
    const body = request.receive(deadline());
    received.push(request);
    asked.push(name);
    decisions.push(body.catch((error: unknown) => error));
    return body.then(answer, errorAnswer);
  };

const handler = createHandler({
  projectId: 'acme-vending',
  exchange: endpoint('exchange'),
  check: endpoint('check'),
});

http('unit', handler);
const server = getTestServer('unit');
let port: number;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function post(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const form = { 'content-type': FORM };
  return fetch(`http://127.0.0.1:${port}/v1/token`, {
    method: 'POST',
    body,
    headers: { ...form, ...headers },
  });
}

/** Sends bytes, waits until the server has closed the connection, and tells what the exchanges came to. */
async function sendUntilClosed(request: RawRequest) {
  const outcome = await sendRaw(port, request, { timeoutMs: 3_000, until: 'close' });
  return { ...outcome, decided: await Promise.all(decisions) };
}

function head(
  changes: Record<string, string | undefined> = {},
  requestLine = 'POST /v1/token HTTP/1.1',
): string {
  const headers = { host: 'x', 'content-type': FORM, 'content-length': '10', ...changes };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return `${[requestLine, ...lines].join('\r\n')}\r\n\r\n`;
}

describe('a request', () => {
  it('becomes an exchange of its body, its trace and the time of its head', async () => {
    const before = performance.now();
    await post('grant_type=a&scope=b+c', { traceparent: TRACEPARENT });
    expect(await Promise.all(decisions)).toEqual(['grant_type=a&scope=b+c']);
    expect(received[0]?.trace).toBe('projects/acme-vending/traces/4bf92f3577b34da6a3ce929d0e0e4736');
    expect(received[0]?.receivedAt).toBeGreaterThanOrEqual(before);
    expect(received[0]?.receivedAt).toBeLessThan(performance.now());
  });

  it('is read where its media type is sent twice', async () => {
    expect((await post('a=b', { 'content-type': `${FORM}, ${FORM}` })).status).toBe(200);
    expect(await Promise.all(decisions)).toEqual(['a=b']);
  });

  it('is read byte for byte: no charset, no byte order mark', async () => {
    await post('\ufeffa=%C3%BC&b=ü');
    expect(await Promise.all(decisions)).toEqual(['\ufeffa=%C3%BC&b=ü']);
  });

  it.each([FORM, `${FORM}, ${FORM}`])('may have no body, as %s', async (contentType) => {
    await post('', { 'content-type': contentType });
    expect(await Promise.all(decisions)).toEqual(['']);
  });

  it('is answered in JSON that nobody may store', async () => {
    const response = await post('a=b');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(GRANTED.body);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('retry-after')).toBeNull();
    expect(response.headers.get('etag')).toBeNull();
  });

  it('leaves its connection open for the next', async () => {
    const request = `${head({ 'content-length': '3' })}a=b`;
    const last = `${head({ 'content-length': '3', connection: 'close' })}c=d`;
    const { bytes, decided } = await sendUntilClosed([request, last]);
    expect(bytes.toString().match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(decided).toEqual(['a=b', 'c=d']);
  });

  it('is told when to come back', async () => {
    answer = () => errorAnswer(new Fault('iam_unavailable', { retryAfterSeconds: 7 }));
    const response = await post('a=b');
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(await response.json()).toEqual(errorResponse('temporarily_unavailable'));
  });

  it('whose exchange fails altogether is answered without a word of it', async () => {
    answer = () => {
      throw new Error('secret');
    };
    const response = await post('a=b');
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual(errorResponse('server_error'));
  });
});

describe('the path of a request', () => {
  it.each([
    { path: '/v1/token', name: 'exchange', status: 200 },
    { path: '/v1/token?path=/v1/check', name: 'exchange', status: 200 },
    { path: '/v1/check', name: 'check', status: 200 },
    { path: '/v1/check?path=/v1/token', name: 'check', status: 200 },
    { path: '/v1/check/', name: 'exchange', status: 404 },
    { path: '/v1/CHECK', name: 'exchange', status: 404 },
    { path: '/v1/token/../check', name: 'exchange', status: 404 },
    { path: '/v1/%63heck', name: 'exchange', status: 404 },
    { path: '/', name: 'exchange', status: 404 },
  ])('$path leads to the $name', async ({ path, name, status }) => {
    const bytes = `${head({ 'content-length': '3', connection: 'close' }, `POST ${path} HTTP/1.1`)}a=b`;
    expect(await sendUntilClosed(bytes)).toMatchObject({ status });
    expect(asked).toEqual([name]);
  });

  it('of a check is held to the same rules', async () => {
    const outcome = await sendUntilClosed(head({ 'content-length': '65537' }, 'POST /v1/check HTTP/1.1'));
    expect(outcome).toMatchObject({ status: 413 });
    expect(outcome.decided).toEqual([new Refusal('body_too_large')]);
    expect(asked).toEqual(['check']);
  });
});

describe('a request is refused by its head, before its body is read,', () => {
  it.each<{ what: string; bytes: string; status: number; reason: RefusalReason }>([
    { what: 'for its path', bytes: head({}, 'POST /token HTTP/1.1'), status: 404, reason: 'path_unknown' },
    {
      what: 'for its method',
      bytes: head({}, 'PUT /v1/token HTTP/1.1'),
      status: 405,
      reason: 'method_not_allowed',
    },
    {
      what: 'for a missing length',
      bytes: head({ 'content-length': undefined, 'transfer-encoding': 'chunked' }),
      status: 411,
      reason: 'body_length_missing',
    },
    {
      what: 'for its size',
      bytes: head({ 'content-length': '65537' }),
      status: 413,
      reason: 'body_too_large',
    },
    {
      what: 'for a size beyond numbers',
      bytes: head({ 'content-length': '999999999999999' }),
      status: 413,
      reason: 'body_too_large',
    },
    {
      what: 'for JSON',
      bytes: `${head({ 'content-type': 'application/json' })}{`,
      status: 415,
      reason: 'media_type_unsupported',
    },
    {
      what: 'for a compressed body',
      bytes: head({ 'content-encoding': 'gzip' }),
      status: 415,
      reason: 'media_type_unsupported',
    },
  ])('$what', async ({ bytes, status, reason }) => {
    const outcome = await sendUntilClosed(bytes);
    expect(outcome).toMatchObject({ status, headers: { connection: 'close', 'cache-control': 'no-store' } });
    expect(JSON.parse(outcome.body)).toEqual(errorResponse('invalid_request'));
    expect(outcome.decided).toEqual([new Refusal(reason)]);
  });

  it('and the right method is named', async () => {
    const { headers } = await sendUntilClosed(head({}, 'DELETE /v1/token HTTP/1.1'));
    expect(headers['allow']).toBe('POST');
  });

  it('where there is no body at all', async () => {
    const response = await fetch(`http://127.0.0.1:${port}/v1/token`);
    expect(response.status).toBe(405);
    expect(await Promise.all(decisions)).toEqual([new Refusal('method_not_allowed')]);
  });
});

describe('a body', () => {
  it('that is not UTF-8 is refused', async () => {
    const response = await post(Uint8Array.of(0x61, 0x3d, 0xff));
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual(errorResponse('invalid_request'));
    expect(await Promise.all(decisions)).toEqual([new Refusal('body_malformed', 'not UTF-8')]);
  });

  it('that does not come is refused at the deadline, and the connection ends', async () => {
    deadline = () => AbortSignal.timeout(20);
    const outcome = await sendUntilClosed(`${head()}a=b`);
    expect(outcome).toMatchObject({ status: 400, headers: { connection: 'close' } });
    expect(JSON.parse(outcome.body)).toEqual(errorResponse('invalid_request'));
    expect(outcome.decided).toEqual([
      new Refusal('body_incomplete', 'it did not arrive within the deadline'),
    ]);
  });

  it('whose sender goes away is one refusal, and no bug of ours', async () => {
    const { promise: arrived, resolve } = Promise.withResolvers<void>();
    deadline = () => {
      resolve();
      return new AbortController().signal;
    };
    async function* half() {
      yield `${head()}a=b`;
      await arrived;
    }
    await sendRaw(port, half(), { timeoutMs: 30 });
    expect(await Promise.all(decisions)).toEqual([new Refusal('body_incomplete', 'the caller went away')]);
  });

  it.each([
    { what: 'JSON that is none', contentType: 'application/json', body: '{"secret' },
    { what: 'an unknown charset', contentType: `${FORM}; charset=klingon`, body: 'a=b' },
    { what: 'a thousand and one fields', contentType: FORM, body: 'a=b&'.repeat(1001) },
  ])('of $what is none of the business of the framework', async ({ contentType, body }) => {
    const response = await post(body, { 'content-type': contentType });
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(decisions).toHaveLength(1);
  });
});

describe('a request whose head nobody saw', () => {
  it('is refused, because its size was never checked', async () => {
    const unwatched = await startLoopbackServer((request, response) => {
      // another object than the one that was announced
      const unseen = new Proxy(request, {});
      void handler(unseen, response);
    });
    try {
      const response = await fetch(`${unwatched.url}/v1/token`, { method: 'POST', body: 'a=b' });
      expect(response.status).toBe(400);
      expect(await Promise.all(decisions)).toEqual([
        new Refusal('body_incomplete', 'the head of the request was not seen'),
      ]);
    } finally {
      await unwatched.close();
    }
  });
});
