import type { IncomingMessage } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callHttp, type HttpCall } from '../../../refresher/vending/http-call.ts';
import { startLoopbackServer, type LoopbackServer } from '../../support/google/loopback-server.ts';
import {
  drip,
  endlessChunks,
  flood,
  halfABody,
  hang,
  hugeHeaders,
  notHttp,
  reset,
  resetInTheBody,
  status,
  type Answer,
} from './answers.ts';

let server: LoopbackServer;
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

const forEver = new AbortController().signal;
const LIMITS = { timeoutMs: 20_000, maxBytes: 1_000 };
const IMPATIENT = { timeoutMs: 100, maxBytes: 1_000 };

function post(body = 'a=b', path = '/v1/token'): HttpCall {
  return { method: 'POST', url: `${server.url}${path}`, headers: { authorization: 'Bearer secret' }, body };
}
const get = (): HttpCall => ({
  method: 'GET',
  url: `${server.url}/x?y=1`,
  headers: { 'metadata-flavor': 'Google' },
});

describe('a call', () => {
  it('is sent as it is given, and its answer is read whole', async () => {
    answers = [status(200, '{"token":"ü"}', { 'retry-after': '3' })];
    const answer = await callHttp(post('a=ü'), LIMITS, forEver);
    expect(answer).toMatchObject({ status: 200, body: '{"token":"ü"}' });
    expect([answer.header('retry-after'), answer.header('missing')]).toEqual(['3', undefined]);
    expect(requests[0]).toMatchObject({ method: 'POST', url: '/v1/token' });
    // a length, because functions refuse a body without one
    expect(requests[0]?.headers).toMatchObject({ authorization: 'Bearer secret', 'content-length': '4' });
    expect(bodies).toEqual(['a=ü']);
  });

  it('that has no body says so with no header', async () => {
    answers = [status(404)];
    expect(await callHttp(get(), LIMITS, forEver)).toMatchObject({ status: 404, body: '' });
    expect(requests[0]?.headers).not.toHaveProperty('content-length');
    expect(requests[0]?.headers).not.toHaveProperty('transfer-encoding');
  });

  it.each([301, 302, 303, 307, 308])('that is answered %d goes nowhere else', async (code) => {
    answers = [status(code, '', { location: `${server.url}/elsewhere` }), status(200)];
    expect(await callHttp(post(), LIMITS, forEver)).toMatchObject({ status: code });
    expect(requests).toHaveLength(1);
  });

  it('does not follow the environment to a proxy', async () => {
    answers = [status(200, 'direct')];
    process.env['http_proxy'] = process.env['HTTP_PROXY'] = 'http://127.0.0.1:9';
    try {
      expect((await callHttp(get(), LIMITS, forEver)).body).toBe('direct');
    } finally {
      delete process.env['http_proxy'];
      delete process.env['HTTP_PROXY'];
    }
  });

  it('reads an answer of just the limit', async () => {
    answers = [status(200, 'x'.repeat(1_000))];
    expect((await callHttp(get(), LIMITS, forEver)).body).toHaveLength(1_000);
  });
});

describe('a call fails', () => {
  it.each([
    { what: 'that is never answered', answer: hang, limits: IMPATIENT, error: { name: 'TimedOut' } },
    {
      what: 'whose answer never ends, a byte at a time',
      answer: drip,
      limits: IMPATIENT,
      error: { name: 'TimedOut' },
    },
    {
      what: 'that is answered with all that fits',
      answer: flood,
      limits: LIMITS,
      error: { name: 'TooLong' },
    },
    {
      what: 'that is answered with a byte too many',
      answer: status(200, 'x'.repeat(1_001)),
      error: { name: 'TooLong' },
    },
    { what: 'that is reset', answer: reset, error: { code: 'ECONNRESET' } },
    { what: 'that is cut off in the body', answer: halfABody, error: { code: 'ECONNRESET' } },
    { what: 'that is reset in the body', answer: resetInTheBody, error: { code: 'ECONNRESET' } },
    { what: 'whose last chunk is missing', answer: endlessChunks, error: { code: 'ECONNRESET' } },
    {
      what: 'that is answered in another protocol',
      answer: notHttp,
      error: { code: 'HPE_INVALID_CONSTANT' },
    },
    {
      what: 'that is answered with endless headers',
      answer: hugeHeaders,
      error: { code: 'HPE_HEADER_OVERFLOW' },
    },
  ])('$what', async ({ answer, limits = LIMITS, error }) => {
    answers = [answer];
    await expect(callHttp(post(), limits, forEver)).rejects.toMatchObject(error);
    expect(requests).toHaveLength(1);
  });

  it('where nobody listens', async () => {
    await server.close();
    await expect(callHttp(post(), LIMITS, forEver)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('where TLS was meant and plain HTTP answers', async () => {
    const url = server.url.replace('http:', 'https:');
    await expect(callHttp({ ...get(), url }, LIMITS, forEver)).rejects.toMatchObject({ code: 'EPROTO' });
  });

  it('and its error holds neither header nor body', async () => {
    answers = [reset];
    const error: unknown = await callHttp(post('secret-body'), LIMITS, forEver).catch((one: unknown) => one);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('secret');
  });
});

describe('a connection', () => {
  it('serves one call alone, so that none is lost on one that the server has closed meanwhile', async () => {
    const sockets = new Set<Socket>();
    const requestsOf = new Map<Socket, number>();
    const closing: Server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', () => {
        const count = (requestsOf.get(socket) ?? 0) + 1;
        requestsOf.set(socket, count);
        // says that it keeps the connection, and closes it on the next request
        if (count > 1) socket.resetAndDestroy();
        else socket.write('HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok');
      });
    }).listen(0, '127.0.0.1');
    await once(closing, 'listening');
    const { port } = closing.address() as { port: number };
    for (let calls = 0; calls < 5; calls += 1) {
      const answer = await callHttp(
        { method: 'GET', url: `http://127.0.0.1:${port}/`, headers: {} },
        LIMITS,
        forEver,
      );
      expect(answer.body).toBe('ok');
    }
    expect(sockets.size).toBe(5);
    closing.close();
    for (const socket of sockets) socket.destroy();
  });

  it('is closed when the time is over', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    answers = [(response) => response.once('close', resolve)];
    await expect(callHttp(post(), IMPATIENT, forEver)).rejects.toMatchObject({ name: 'TimedOut' });
    await closed;
  });

  it('is closed when too much comes out of it', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    answers = [
      (response) => {
        response.once('close', resolve);
        flood(response);
      },
    ];
    await expect(callHttp(post(), LIMITS, forEver)).rejects.toMatchObject({ name: 'TooLong' });
    await closed;
  });
});

describe('the signal', () => {
  const over = new Error('over');

  it('lets nothing be sent once it has aborted', async () => {
    answers = [status(200)];
    await expect(callHttp(post(), LIMITS, AbortSignal.abort(over))).rejects.toBe(over);
    expect(requests).toEqual([]);
  });

  it.each([
    { when: 'while the answer is waited for', answer: hang },
    { when: 'in the middle of the body', answer: drip },
  ])('ends the call $when', async ({ answer }) => {
    const controller = new AbortController();
    answers = [
      (response) => {
        answer(response);
        setImmediate(() => controller.abort(over));
      },
    ];
    await expect(callHttp(post(), LIMITS, controller.signal)).rejects.toBe(over);
  });

  it('is let go when the call is over', async () => {
    answers = [status(200)];
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    const counting = new Proxy(signal, {
      get(target, name) {
        if (name === 'addEventListener') listeners += 1;
        if (name === 'removeEventListener') listeners -= 1;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    await callHttp(post(), LIMITS, counting);
    expect(listeners).toBe(0);
  });
});
