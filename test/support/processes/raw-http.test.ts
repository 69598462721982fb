import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { sendRaw } from './raw-http.ts';

const servers: Server[] = [];
const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** A server on a free port that does with each connection what the test says. */
async function serve(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return address.port;
}

function answer(text: string): (socket: Socket) => void {
  return (socket) => void socket.once('data', () => socket.write(text));
}

async function* slowly(): AsyncGenerator<string> {
  for (const piece of ['a', 'b', 'c']) {
    await delay(20);
    yield piece;
  }
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

describe('a raw request', () => {
  test('is sent byte for byte, and nothing after it', async () => {
    const { promise: heard, resolve } = Promise.withResolvers<string>();
    const port = await serve((socket) => {
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString('latin1')));
      socket.on('close', () => resolve(text));
    });

    await sendRaw(port, ['POST / HTTP/9.9\nX:\0', Buffer.from([0xff, 0xfe])], { timeoutMs: 50 });

    expect(await heard).toBe('POST / HTTP/9.9\nX:\0\xff\xfe');
  });

  test('can be sent at a pace of its own', async () => {
    const arrivals: string[] = [];
    const port = await serve((socket) => {
      socket.on('data', (chunk) => {
        arrivals.push(chunk.toString());
        if (arrivals.length === 3) socket.write('HTTP/1.1 204 No Content\r\n\r\n');
      });
    });

    const outcome = await sendRaw(port, slowly(), { timeoutMs: 5_000 });

    expect(arrivals).toEqual(['a', 'b', 'c']);
    expect(outcome.status).toBe(204);
    expect(outcome.elapsedMs).toBeGreaterThanOrEqual(55);
  });
});

describe('the outcome', () => {
  test('is a response as soon as its length has come, though the connection stays open', async () => {
    const port = await serve(
      answer('HTTP/1.1 413 Content Too Large\r\nContent-Length: 5\r\nX-A: 1\r\nx-a: 2\r\n\r\nlarge'),
    );

    const outcome = await sendRaw(port, GET, { timeoutMs: 5_000 });

    expect(outcome).toMatchObject({
      statusLine: 'HTTP/1.1 413 Content Too Large',
      status: 413,
      headers: { 'content-length': '5', 'x-a': '1, 2' },
      body: 'large',
      complete: true,
      closed: false,
      error: undefined,
    });
    expect(outcome.elapsedMs).toBeLessThan(4_000);
  });

  test('is a chunked response without its framing, after interim responses', async () => {
    const head = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
    const port = await serve(answer(`${head}3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n`));

    expect(await sendRaw(port, GET, { timeoutMs: 5_000 })).toMatchObject({ status: 200, body: 'abcde' });
  });

  test('is the head alone when that was asked for', async () => {
    const port = await serve(answer('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'));

    const outcome = await sendRaw(port, 'HEAD / HTTP/1.1\r\n\r\n', { timeoutMs: 5_000 });

    expect(outcome).toMatchObject({ complete: true, body: '' });
  });

  test('tells a connection that the server closed from one that it left open', async () => {
    const port = await serve((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'));
    });

    const outcome = await sendRaw(port, GET, { timeoutMs: 5_000, until: 'close' });

    expect(outcome).toMatchObject({ status: 400, complete: true, closed: true, error: undefined });
  });

  test('is a body of unknown length once the connection ends', async () => {
    const port = await serve((socket) => {
      socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\n\r\nall of it'));
    });

    expect(await sendRaw(port, GET, { timeoutMs: 5_000 })).toMatchObject({
      body: 'all of it',
      complete: true,
    });
  });

  test('names the reset of a connection', async () => {
    const port = await serve((socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    });

    const outcome = await sendRaw(port, GET, { timeoutMs: 5_000 });

    expect(outcome).toMatchObject({ status: undefined, closed: true, error: 'ECONNRESET' });
  });

  test('is what has come by the deadline from a server that falls silent', async () => {
    const port = await serve(answer('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf'));

    const outcome = await sendRaw(port, GET, { timeoutMs: 100 });

    expect(outcome).toMatchObject({ status: 200, body: 'half', complete: false, closed: false });
    expect(outcome.elapsedMs).toBeGreaterThanOrEqual(95);
  });

  test('is nothing at all from a server that never answers', async () => {
    const port = await serve(() => undefined);

    const outcome = await sendRaw(port, 'POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"a"', {
      timeoutMs: 100,
    });

    expect(outcome).toMatchObject({ statusLine: '', status: undefined, body: '', closed: false });
  });
});
