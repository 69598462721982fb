import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sendRaw, type RawRequest } from '../../support/processes/raw-http.ts';
import { createHandMadeAccount, token } from './hand-made-account.ts';
import { ACCOUNTS, serve, type Served } from './served.ts';

const TOKEN = `${ACCOUNTS}/default/token`;
const TIMEOUT_MS = 10_000;

/** As a client library would ask, unless a case says otherwise. */
function get(headers: readonly string[] = [], body = '', target = TOKEN): string {
  const all = ['Host: metadata.google.internal', 'Metadata-Flavor: Google', ...headers];
  return `GET ${target} HTTP/1.1\r\n${all.map((line) => `${line}\r\n`).join('')}\r\n${body}`;
}

/** Everything that comes back until the server closes. */
function sendUntilClosed(port: number, request: RawRequest) {
  return sendRaw(port, request, { timeoutMs: TIMEOUT_MS, until: 'close' });
}

function countOf(bytes: Buffer, text: string): number {
  return bytes.toString('latin1').split(text).length - 1;
}

async function expectToServe({ body }: Served): Promise<void> {
  expect(await body(TOKEN)).toContain('ya29.');
}

/** Sends it piece by piece, as slowly as the event loop turns. */
async function* slowly(text: string, pieces: { count: number }): AsyncGenerator<string> {
  for (const character of text) {
    pieces.count += 1;
    yield character;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const IMPATIENT = { headersTimeoutMs: 200, requestTimeoutMs: 300, timeoutCheckMs: 20 };
/** So that it is no other limit that ends a connection. */
const PATIENT = { headersTimeoutMs: 60_000, requestTimeoutMs: 60_000 };

describe('slow neighbours', () => {
  it('that send a header byte by byte are told 408 and cut off, while others are served', async () => {
    const served = await serve({ limits: IMPATIENT });
    const pieces = { count: 0 };
    const slow = Array.from({ length: 50 }, () => sendUntilClosed(served.port, slowly(get(), pieces)));
    while (pieces.count < 200) {
      await expectToServe(served);
      await turn();
    }
    for (const answer of await Promise.all(slow)) {
      expect(answer.closed).toBe(true);
      expect(answer.status).toBe(408);
      expect(answer.headers['metadata-flavor']).toBe('Google');
      expect(answer.body).not.toContain('ya29');
    }
    await expectToServe(served);
  });

  it('that send nothing at all are cut off', async () => {
    const served = await serve({ limits: IMPATIENT });
    const answer = await sendUntilClosed(served.port, []);
    expect(answer.closed).toBe(true);
    await expectToServe(served);
  });

  it('that never read what they asked for are not even listened to any more, and are cut off', async () => {
    const account = createHandMadeAccount();
    account.becomes(token(`ya29.${'x'.repeat(10_000)}`));
    const served = await serve({ accounts: [account], limits: { stalledMs: 200, ...PATIENT } });
    const connected = once(served.server, 'connection');
    const socket = connect({ port: served.port, host: '127.0.0.1' });
    onTestFinished(() => void socket.destroy());
    socket.pause();
    socket.on('error', () => undefined);
    let requests = 0;
    served.server.on('request', () => (requests += 1));
    const batch = get().repeat(100);
    let asked = 0;
    const write = () => {
      while (asked < 20_000 && socket.write(batch)) asked += 100;
      if (asked < 20_000) socket.once('drain', write);
    };
    write();
    await connected;
    while (!(await noConnectionsLeft(served))) await turn();
    // what the kernel takes for both sides, and a little more
    expect(requests).toBeLessThan(5_000);
    await expectToServe(served);
  });
});

async function noConnectionsLeft({ server }: Served): Promise<boolean> {
  return (await connectionsOf(server)) === 0;
}

function connectionsOf(server: Served['server']): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

describe('huge requests', () => {
  it.each([
    ['a header of 64 KiB', get([`X-Huge: ${'x'.repeat(65_536)}`]), 431],
    ['headers of 64 KiB', get(Array.from({ length: 6_000 }, (_, at) => `X-${at}: x`)), 431],
    ['a thousand headers of nothing', get(Array.from({ length: 1_000 }, () => 'X:')), 431],
    ['a target of 64 KiB', get([], '', `${TOKEN}?${'x'.repeat(65_536)}`), 431],
    ['a target of 10 KiB', get([], '', `${TOKEN}?${'x'.repeat(10_240)}`), 414],
    ['a header that never ends', `GET ${TOKEN} HTTP/1.1\r\nX: ${'x'.repeat(200_000)}`, 431],
  ])('are refused: %s', async (_, request, status) => {
    const served = await serve();
    const answer = await sendUntilClosed(served.port, request);
    expect(answer.status).toBe(status);
    expect(answer.headers['metadata-flavor']).toBe('Google');
    expect(answer.closed).toBe(true);
    expect(countOf(answer.bytes, 'ya29')).toBe(0);
    await expectToServe(served);
  });

  it('hide no header behind a thousand others', async () => {
    const served = await serve();
    const headers = [...Array.from({ length: 2_100 }, () => 'X:'), 'X-Forwarded-For: 10.0.0.7'];
    const answer = await sendUntilClosed(served.port, get(headers));
    expect(answer.status).toBe(431);
    expect(countOf(answer.bytes, 'ya29')).toBe(0);
  });
});

/** Opens connections that send `greeting` and then nothing; those that the server closes are let go. */
async function crowd(port: number, count: number, greeting = ''): Promise<Set<Socket>> {
  const open = new Set<Socket>();
  await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect({ port, host: '127.0.0.1' });
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => open.delete(socket));
      socket.resume();
      await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => undefined);
      if (greeting !== '') socket.write(greeting);
    }),
  );
  onTestFinished(() => open.forEach((socket) => socket.destroy()));
  return open;
}

describe('crowds of connections', () => {
  it('ten thousand that do nothing keep nobody out, and only 1024 of them stay', async () => {
    const served = await serve();
    for (let round = 0; round < 20; round += 1) {
      await crowd(served.port, 500);
      await expectToServe(served);
    }
    expect(await connectionsOf(served.server)).toBeLessThanOrEqual(1_024);
  }, 120_000);

  it('that have asked once and then stay keep nobody out either', async () => {
    const served = await serve({ limits: { connections: 50 } });
    for (let round = 0; round < 5; round += 1) {
      await crowd(served.port, 100, get());
      await expectToServe(served);
    }
    expect(await connectionsOf(served.server)).toBeLessThanOrEqual(50);
  });

  it('push out who is silent before who has asked, and never who waits for an answer', async () => {
    const account = createHandMadeAccount();
    const served = await serve({ accounts: [account], limits: { connections: 10 } });
    const polite = await crowd(served.port, 3, get());
    await expectToServe(served);
    const held = served.ask(`${TOKEN}?wait_for_change=true`);
    await account.untilListenedTo();
    await crowd(served.port, 100);
    await expectToServe(served);
    account.becomes(token('ya29.second'));
    expect((await held).body).toContain('ya29.second');
    expect(polite.size).toBe(3);
  });

  it('may all wait: then new ones are turned away, and let in when one is done', async () => {
    const account = createHandMadeAccount();
    const served = await serve({ accounts: [account], limits: { connections: 4 } });
    const held = Array.from({ length: 4 }, () => served.ask(`${TOKEN}?wait_for_change=true`));
    await account.untilListenedTo(4);
    await expect(served.ask(TOKEN)).rejects.toThrow(/ECONNRESET|socket hang up/);
    account.becomes(token('ya29.second'));
    await Promise.all(held);
    await expectToServe(served);
  });
});

describe('requests within requests', () => {
  const INNER = get([], '', '/inner');

  it.each([
    ['a body of a GET', get([`Content-Length: ${INNER.length}`], INNER), 400],
    [
      'a body in chunks',
      get(['Transfer-Encoding: chunked'], `${INNER.length.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`),
      400,
    ],
    [
      'two framings at once',
      get(['Content-Length: 5', 'Transfer-Encoding: chunked'], `0\r\n\r\n${INNER}`),
      400,
    ],
    ['two lengths', get(['Content-Length: 0', 'Content-Length: 5'], INNER), 400],
    ['a length that is none', get(['Content-Length: +0'], INNER), 400],
    ['an encoding that is none', get(['Transfer-Encoding: xchunked'], INNER), 400],
    ['a space before the colon', get(['Content-Length : 0'], INNER), 400],
    ['a folded header', get(['X: y', ' z'], INNER), 400],
    ['a line feed alone in a header', get(['X: y\nX-Forwarded-For: z'], INNER), 400],
    ['a zero byte', get(['X: \0'], INNER), 400],
    ['two hosts', get(['Host: evil.example'], ''), 400],
    ['two hosts that are the same', get(['Host: metadata.google.internal'], ''), 400],
    ['no host', `GET ${TOKEN} HTTP/1.1\r\nMetadata-Flavor: Google\r\n\r\n`, 400],
    ['a host without a name', get().replace(/Host: .*\r/, 'Host:\r'), 403],
    ['no host, as long ago', `GET ${TOKEN} HTTP/1.0\r\nMetadata-Flavor: Google\r\n\r\n`, 400],
    ['a body that is waited for', get(['Expect: 100-continue', 'Content-Length: 5']), 400],
    ['an expectation', get(['Expect: tokens']), 417],
    [
      'a tunnel',
      `CONNECT metadata.google.internal:80 HTTP/1.1\r\nHost: metadata\r\nMetadata-Flavor: Google\r\n\r\n${INNER}`,
      405,
    ],
    ['the greeting of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['the greeting of TLS', Buffer.from('16030100c8010000c40303', 'hex'), 400],
    ['no HTTP at all', 'token please\r\n\r\n', 400],
    ['HTTP of the future', get().replace('HTTP/1.1', 'HTTP/9.9'), 400],
  ])('get one refusal and the end of the connection: %s', async (_, request, status) => {
    const served = await serve();
    const answer = await sendUntilClosed(served.port, request);
    expect(answer.status).toBe(status);
    expect(answer.closed).toBe(true);
    expect(answer.headers['metadata-flavor']).toBe('Google');
    expect(countOf(answer.bytes, 'HTTP/1.1 ')).toBe(1);
    expect(countOf(answer.bytes, 'ya29')).toBe(0);
    await expectToServe(served);
  });

  it('no byte in a target or in a header brings it down', async () => {
    const served = await serve();
    const statuses = new Set<number | undefined>();
    for (let byte = 0; byte < 256; byte += 1) {
      const odd = Buffer.from([byte]);
      const target = [
        `GET /computeMetadata/v1?`,
        odd,
        ` HTTP/1.1\r\nHost: metadata\r\nMetadata-Flavor: Google\r\n\r\n`,
      ];
      const header = [get().slice(0, -2), 'X: ', odd, '\r\n\r\n'];
      for (const request of [target, header]) {
        const answer = await sendRaw(served.port, request, { timeoutMs: TIMEOUT_MS });
        statuses.add(answer.status);
      }
    }
    expect(statuses).toEqual(new Set([200, 301, 400]));
    await expectToServe(served);
  });

  it('an announced upgrade is ignored', async () => {
    const served = await serve();
    const upgrade = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'];
    const answer = await sendRaw(served.port, get(upgrade), { timeoutMs: TIMEOUT_MS });
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('ya29.first');
  });

  it('a length of nothing is no body', async () => {
    const served = await serve();
    const answer = await sendRaw(served.port, get(['Content-Length: 0']), { timeoutMs: TIMEOUT_MS });
    expect(answer.status).toBe(200);
  });
});

describe('pipelining', () => {
  it('is answered in order', async () => {
    const { port } = await serve();
    const targets = Array.from({ length: 100 }, (_, at) =>
      at % 2 === 0 ? TOKEN : `${ACCOUNTS}/default/email`,
    );
    const request = `${targets.map((target) => get([], '', target)).join('')}${get(['Connection: close'])}`;
    const { bytes } = await sendUntilClosed(port, request);
    expect(countOf(bytes, 'HTTP/1.1 200 OK')).toBe(101);
    const bodies = bytes.toString().match(/ya29\.first|trainer@/g) ?? [];
    expect(bodies.slice(0, 100)).toEqual(
      targets.map((target) => (target === TOKEN ? 'ya29.first' : 'trainer@')),
    );
  });

  it('ends with the first refusal', async () => {
    const { port } = await serve();
    const { bytes } = await sendUntilClosed(port, `${get()}${get(['X-Forwarded-For: x'])}${get()}${get()}`);
    expect(bytes.toString().match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 403']);
  });

  it('of requests that wait is bounded for each connection', async () => {
    const account = createHandMadeAccount();
    const served = await serve({ accounts: [account], limits: { requestsPerConnection: 3 } });
    const waiting = get([], '', `${TOKEN}?wait_for_change=true`);
    const sent = sendUntilClosed(served.port, waiting.repeat(4));
    await account.untilListenedTo(3);
    await expectToServe(served);
    account.becomes(token('ya29.second'));
    const { bytes } = await sent;
    expect(bytes.toString().match(/HTTP\/1\.1 \d+/g)).toEqual([
      ...Array.from({ length: 3 }, () => 'HTTP/1.1 200'),
      'HTTP/1.1 503',
    ]);
    expect(account.listeners()).toBe(0);
    await expectToServe(served);
  });
});
