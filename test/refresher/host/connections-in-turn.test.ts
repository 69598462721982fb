import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import {
  connect,
  createServer as createNetServer,
  type AddressInfo,
  type Server as NetServer,
  type Socket,
} from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONNECTION_COST, CUT_OFF_COST } from '../../../refresher/host/pacing/cost.ts';
import {
  anotherListener,
  takeConnectionsInTurn,
} from '../../../refresher/host/pacing/connections-in-turn.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: here\r\n\r\n';

/** Whose turns are called by the test. */
function setUp() {
  const turns: (() => void)[] = [];
  const accepted: Socket[] = [];
  const cutOff: Socket[] = [];
  const sentAhead = new Set<Socket>();
  const charged: number[] = [];
  const asked: (number | undefined)[] = [];
  let hasRoom = true;
  const server = createServer((_, response) => void response.end('answered'));
  const pace = {
    whenDue(act: () => void, cost?: number) {
      asked.push(cost);
      return hasRoom && turns.push(act) > 0;
    },
    charge: (cost: number) => void charged.push(cost),
  };
  takeConnectionsInTurn(server, pace, {
    hasSentAhead: (socket) => sentAhead.has(socket),
    cutOff(socket) {
      cutOff.push(socket);
      socket.destroy();
    },
  });
  server.on('connection', (socket: Socket) => accepted.push(socket));
  return { server, accepted, cutOff, sentAhead, charged, asked, turns, fill: () => void (hasRoom = false) };
}

async function startEcho() {
  const server = createNetServer((socket) => socket.pipe(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

describe.each(['by its own listener', 'by another listener'])('a new connection, %s', (by) => {
  let { server, accepted, cutOff, sentAhead, charged, asked, turns, fill } = setUp();
  let listener: Server | NetServer;
  let client: Socket;

  beforeEach(async () => {
    ({ server, accepted, cutOff, sentAhead, charged, asked, turns, fill } = setUp());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    listener = by === 'by its own listener' ? server : anotherListener(server);
    if (listener !== server) await once(listener.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(() => {
    client.destroy();
    server.close();
    listener.close();
  });

  /** Resolves when the server has it. */
  async function open(): Promise<Socket> {
    client = connect((listener.address() as AddressInfo).port, '127.0.0.1');
    client.on('error', () => undefined);
    while (accepted.length === 0) await once(server, 'connection');
    return accepted[0] as Socket;
  }

  it('is answered when its turn has come', async () => {
    await open();
    client.write(REQUEST);
    turns[0]?.();
    expect(String((await once(client, 'data'))[0])).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*answered$/);
  });

  it('costs more than a request, once, and nothing beside that where it does as it should', async () => {
    await open();
    turns[0]?.();
    expect([asked, charged]).toEqual([[CONNECTION_COST], []]);
  });

  it('is not read while it waits, however much it sends', async () => {
    const socket = await open();
    await new Promise((resolve) => client.write(REQUEST, resolve));
    client.write(REQUEST.repeat(10_000));
    // what comes later has been read
    const { server: other, port } = await startEcho();
    const later = connect(port, '127.0.0.1');
    for (let time = 0; time < 5; time += 1) {
      later.write('read this');
      await once(later, 'data');
    }
    later.destroy();
    other.close();
    expect(socket.bytesRead).toBe(0);
    turns[0]?.();
    await once(client, 'data');
  });

  it('may break while it waits', async () => {
    const socket = await open();
    socket.destroy(new Error('broken'));
    await new Promise((resolve) => socket.once('close', resolve));
    turns[0]?.();
    expect(socket.destroyed).toBe(true);
  });

  it('is closed where the server takes no more when its turn has come', async () => {
    await open();
    client.write(REQUEST);
    server.close();
    turns[0]?.();
    const [hadError] = await once(client, 'close');
    expect([hadError, client.bytesRead]).toEqual([expect.any(Boolean), 0]);
  });

  it('is cut off unread, at a cost, where it brings more than is answered at once', async () => {
    const socket = await open();
    await new Promise((resolve) => client.write(REQUEST.repeat(100), resolve));
    const closed = new Promise((resolve) => client.once('close', resolve));
    sentAhead.add(socket);
    turns[0]?.();
    expect([cutOff, socket.bytesRead, charged]).toEqual([[socket], 0, [CUT_OFF_COST]]);
    await closed;
  });

  it('is cut off at once where too many wait', async () => {
    fill();
    const socket = await open();
    expect(cutOff).toEqual([socket]);
    await once(client, 'close');
    expect(turns).toEqual([]);
  });
});
