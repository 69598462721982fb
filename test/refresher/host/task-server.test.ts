import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTaskServer } from '../../../refresher/host/tasks/task-server.ts';
import { passedOnTree } from '../../../refresher/metadata-server/pass-through.ts';

/** Of something that is answered without any account. */
const REQUEST =
  'GET /computeMetadata/v1/instance/zone HTTP/1.1\r\nHost: metadata.google.internal\r\nMetadata-Flavor: Google\r\n\r\n';
/** More than are answered at once, and less than is read at once. */
const MANY = 50;

describe('the metadata server of a task', () => {
  let server: Server;
  let client: Socket;
  let cutOff: Socket[];

  beforeEach(async () => {
    cutOff = [];
    server = createTaskServer({
      accounts: [],
      project: { projectId: async () => 'acme', numericProjectId: async () => '1' },
      passedOn: passedOnTree(async () => ({ status: 200, body: 'projects/1/zones/here' })),
      kind: 'netns',
      calls: {
        hasSentAhead: () => false,
        cutOff(socket) {
          cutOff.push(socket);
          socket.destroy();
        },
      },
      log: () => undefined,
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.on('error', () => undefined);
  });
  afterEach(() => {
    client.destroy();
    server.close();
  });

  it('cuts off, by the way that holds up nobody, who sends requests without waiting for its turn', async () => {
    const closed = new Promise((resolve) => client.once('close', resolve));
    client.write(REQUEST.repeat(MANY));
    client.resume();
    await closed;
    expect(cutOff).toHaveLength(1);
  });

  it('answers who asks one thing after the other, however often, and cuts off nobody', async () => {
    for (let time = 0; time < MANY; time += 1) {
      client.write(REQUEST);
      expect(String((await once(client, 'data'))[0])).toContain('200 OK');
    }
    expect(cutOff).toEqual([]);
  });
});
