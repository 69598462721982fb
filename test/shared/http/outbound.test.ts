import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../../shared/fault.ts';
import { createSend, Unreachable, type OutboundRequest } from '../../../shared/http/outbound.ts';
import { startLoopbackServer, type LoopbackServer } from '../../support/google/loopback-server.ts';

type Answer = (response: ServerResponse) => void;

const LIMIT = 256 * 1024;
const SPENT = new Fault('deadline_exceeded');

let server: LoopbackServer;
/** The answers of the server, in order; the last is given again and again. */
let answers: Answer[];
let requests: IncomingMessage[];
let bodies: string[];

beforeEach(async () => {
  requests = [];
  bodies = [];
  server = await startLoopbackServer((request, response) => {
    requests.push(request);
    void text(request).then((body) => {
      bodies.push(body);
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      answer?.(response);
    });
  });
});
afterEach(() => server.close());

const send = createSend({ attemptTimeoutMs: 5_000, random: () => 0 });
const impatient = createSend({ attemptTimeoutMs: 50, random: () => 0 });
const forEver = new AbortController().signal;

function get(path = '/certs'): OutboundRequest {
  return { method: 'GET', url: `${server.url}${path}`, headers: {} };
}

const status =
  (code: number, body = '', headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(code, headers).end(body);
const hang: Answer = () => undefined;
const reset: Answer = (response) => response.socket?.resetAndDestroy();
const halfABody: Answer = (response) => response.writeHead(200, { 'content-length': 10 }).write('half');
const notHttp: Answer = (response) => response.socket?.end('SSH-2.0\r\n');

describe('a request', () => {
  it('is sent as it is given, and its answer is read whole', async () => {
    answers = [status(200, '{"token":"ü"}', { 'cache-control': 'max-age=5', 'retry-after': '3' })];
    const headers = { authorization: 'Bearer secret', 'content-type': 'application/json' };
    const url = `${server.url}/v1/x?y=1`;
    const response = await send({ method: 'POST', url, headers, body: '{"a":"ü"}' }, forEver);
    expect(requests[0]).toMatchObject({ method: 'POST', url: '/v1/x?y=1', headers });
    expect(bodies).toEqual(['{"a":"ü"}']);
    expect(response).toMatchObject({ status: 200, body: '{"token":"ü"}', retryAfterSeconds: 3 });
    expect(response.headers['cache-control']).toBe('max-age=5');
  });

  it('may have an empty answer', async () => {
    answers = [status(204)];
    expect(await send(get(), forEver)).toMatchObject({ status: 204, body: '', retryAfterSeconds: undefined });
  });

  it('is answered in characters, wherever the network cuts them', async () => {
    const long = '€'.repeat(80_000);
    answers = [status(200, long)];
    expect((await send(get(), forEver)).body).toBe(long);
  });

  it.each([400, 401, 403, 404, 429])('that is answered %d is sent once', async (code) => {
    answers = [status(code, 'no')];
    expect(await send(get(), forEver)).toMatchObject({ status: code, body: 'no' });
    expect(requests).toHaveLength(1);
  });

  it.each([301, 302, 303, 307, 308])('that is answered %d does not follow', async (code) => {
    answers = [status(code, '', { location: `${server.url}/elsewhere` }), status(200)];
    expect(await send(get(), forEver)).toMatchObject({ status: code });
    expect(requests).toHaveLength(1);
  });
});

describe('a connection', () => {
  it('is kept for the next request', async () => {
    answers = [status(200, 'good')];
    const createdHere = createSend();
    for (let request = 0; request < 3; request += 1) await createdHere(get(), forEver);
    expect(new Set(requests.map(({ socket }) => socket)).size).toBe(1);
  });

  it('that was kept is not trusted with a second try: it may have died without a word', async () => {
    answers = [status(200), status(200)];
    const createdHere = createSend({ attemptTimeoutMs: 5_000, random: () => 0 });
    await Promise.all([createdHere(get(), forEver), createdHere(get(), forEver)]);
    answers = [status(503), status(200, 'good')];
    expect(await createdHere(get(), forEver)).toMatchObject({ body: 'good' });
    const [first, second, failed, mended] = requests.map(({ socket }) => socket);
    expect([first, second]).toContain(failed);
    expect([first, second]).not.toContain(mended);
  });
});

describe('a request is sent a second time', () => {
  it.each([
    { what: 'a status of 503', first: status(503) },
    { what: 'a status of 500', first: status(500) },
    { what: 'a reset connection', first: reset },
    { what: 'half a body', first: halfABody },
    { what: 'a body that is too long', first: status(200, 'x'.repeat(LIMIT + 1)) },
  ])('after $what', async ({ first }) => {
    answers = [first, status(200, 'good')];
    expect(await impatient({ ...get(), method: 'POST', body: 'same' }, forEver)).toMatchObject({
      body: 'good',
    });
    expect(bodies).toEqual(['same', 'same']);
  });

  it('after a time-out, which the second try has to itself', async () => {
    answers = [hang, status(200, 'good')];
    expect(await impatient(get(), forEver)).toMatchObject({ body: 'good' });
    expect(requests).toHaveLength(2);
  });

  it('and not a third time', async () => {
    answers = [status(503, 'down')];
    expect(await send(get(), forEver)).toMatchObject({ status: 503, body: 'down' });
    expect(requests).toHaveLength(2);
  });

  it('unless the server asks for a long wait, which is passed on', async () => {
    answers = [status(503, '', { 'retry-after': '7' })];
    expect(await send(get(), forEver)).toMatchObject({ status: 503, retryAfterSeconds: 7 });
    expect(requests).toHaveLength(1);
  });
});

describe('a server is unreachable', () => {
  it.each([
    { what: 'that never answers', answer: hang },
    { what: 'that resets the connection', answer: reset },
    { what: 'that stops in the middle of a body', answer: halfABody },
    { what: 'that does not speak HTTP', answer: notHttp },
  ])('$what', async ({ answer }) => {
    answers = [answer];
    await expect(impatient(get(), forEver)).rejects.toThrow(new Unreachable(`no answer from ${server.host}`));
    expect(requests).toHaveLength(2);
  });

  it('where nobody listens, and the cause says so', async () => {
    await server.close();
    const failure: unknown = await send(get(), forEver).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Unreachable);
    expect(failure).toMatchObject({
      message: `no answer from ${server.host}`,
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it.each([
    { how: 'announced', headers: { 'content-length': String(LIMIT + 1) } },
    { how: 'chunked', headers: {} },
  ])('whose answer is longer than 256 KiB, $how', async ({ headers }) => {
    answers = [(response) => response.writeHead(200, headers).end('x'.repeat(LIMIT + 1))];
    await expect(send(get(), forEver)).rejects.toThrow(
      new Unreachable(`no answer from ${server.host}`, {
        cause: new Error(`the answer is longer than ${LIMIT} bytes`),
      }),
    );
  });

  it('and its error holds neither path, header nor body', async () => {
    answers = [reset];
    const request = { ...get('/secret-path'), headers: { authorization: 'Bearer secret-token' } };
    const failure: unknown = await send({ ...request, method: 'POST', body: 'secret-body' }, forEver).catch(
      (error: unknown) => error,
    );
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain('secret');
  });

  it('but not where its answer is just 256 KiB', async () => {
    answers = [status(200, 'x'.repeat(LIMIT))];
    expect((await send(get(), forEver)).body).toHaveLength(LIMIT);
  });
});

describe('the deadline of the operation', () => {
  it('sends nothing once it has passed', async () => {
    answers = [status(200)];
    await expect(send(get(), AbortSignal.abort(SPENT))).rejects.toBe(SPENT);
    expect(requests).toEqual([]);
  });

  it('ends a request that waits for its answer, and closes the connection', async () => {
    const controller = new AbortController();
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    answers = [
      (response) => {
        response.once('close', resolve);
        controller.abort(SPENT);
      },
    ];
    await expect(send(get(), controller.signal)).rejects.toBe(SPENT);
    await closed;
    expect(requests).toHaveLength(1);
  });

  it('ends a request in the middle of its body', async () => {
    const controller = new AbortController();
    answers = [
      (response) => {
        response.writeHead(200, { 'content-length': 10 }).write('half', () => controller.abort(SPENT));
      },
    ];
    await expect(send(get(), controller.signal)).rejects.toBe(SPENT);
  });

  it('ends the second try as it ends the first', async () => {
    const controller = new AbortController();
    answers = [reset, () => controller.abort(SPENT)];
    await expect(send(get(), controller.signal)).rejects.toBe(SPENT);
    expect(requests).toHaveLength(2);
  });

  it('ends the wait before a second try', async () => {
    const controller = new AbortController();
    const random = () => {
      setImmediate(() => controller.abort(SPENT));
      return 0;
    };
    answers = [status(503, '', { 'retry-after': '1' })];
    const startedAt = performance.now();
    await expect(createSend({ random })(get(), controller.signal)).rejects.toBe(SPENT);
    expect(performance.now() - startedAt).toBeLessThan(1000);
    expect(requests).toHaveLength(1);
  });
});
