import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadLibc, SystemCallFailed } from '../../../refresher/host/kernel/libc.ts';
import { descriptorOf } from '../../../refresher/host/pacing/descriptor-of.ts';
import { AT_ONCE } from '../../../refresher/host/pacing/pace.ts';
import { createSentAhead } from '../../../refresher/host/pacing/sent-ahead.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: here\r\n\r\n';

const libc = await loadLibc();

describe('a connection of which nothing was read', () => {
  const hasSentAhead = createSentAhead(libc);
  let server: Server;
  let client: Socket;
  let socket: Socket;

  beforeEach(async () => {
    server = createServer({ pauseOnConnect: true });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    [socket] = await accepted;
  });
  afterEach(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });

  /** Resolves when the kernel has all of it at the other end. */
  async function send(text: string): Promise<void> {
    client.write(text);
    const arrived = () => libc.peek(descriptorOf(socket) ?? -1, Buffer.alloc(text.length));
    await expect.poll(arrived, { interval: 1 }).toBe(text.length);
  }

  it('brings more requests than anybody is answered at once', async () => {
    await send(REQUEST.repeat(AT_ONCE + 1));
    expect(hasSentAhead(socket)).toBe(true);
  });

  it.each([
    ['as many requests as are answered at once', REQUEST.repeat(AT_ONCE)],
    ['the beginning of one more', REQUEST.repeat(AT_ONCE) + REQUEST.slice(0, -1)],
    ['many headers in one request', `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(100)}\r\n`],
    ['empty lines', '\r\n'.repeat(AT_ONCE)],
  ])('brings no more than that: %s', async (_, text) => {
    await send(text);
    expect(hasSentAhead(socket)).toBe(false);
  });

  it('brings nothing yet, which is no fault', () => {
    expect(hasSentAhead(socket)).toBe(false);
  });

  it('does not count what an earlier one has brought', async () => {
    const earlier = { peek: (_: number, into: Buffer) => into.write(REQUEST.repeat(AT_ONCE + 1)) };
    let peek: typeof libc.peek = earlier.peek;
    const look = createSentAhead({ peek: (fd, into) => peek(fd, into) });
    expect(look(socket)).toBe(true);
    peek = libc.peek;
    await send(REQUEST);
    expect(look(socket)).toBe(false);
  });

  it('is read afterwards as if nobody had looked', async () => {
    await send(REQUEST);
    hasSentAhead(socket);
    socket.resume();
    expect(String((await once(socket, 'data'))[0])).toBe(REQUEST);
  });

  it.each([
    ['there is no library', undefined],
    [
      'the call fails',
      {
        peek() {
          throw new SystemCallFailed('recv', 'ENOTSOCK');
        },
      },
    ],
  ])('is read as ever where %s', async (_, broken) => {
    await send(REQUEST.repeat(AT_ONCE + 1));
    expect(createSentAhead(broken)(socket)).toBe(false);
  });

  it('may be closed by then', () => {
    socket.destroy();
    expect(hasSentAhead(socket)).toBe(false);
  });
});
