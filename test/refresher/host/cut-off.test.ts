import { once } from 'node:events';
import { closeSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadLibc } from '../../../refresher/host/kernel/libc.ts';
import { createCutOff } from '../../../refresher/host/pacing/cut-off.ts';

const libc = await loadLibc();

describe('a connection that is cut off', () => {
  let server: Server;
  let client: Socket;
  let socket: Socket;
  let reset: Promise<unknown>;

  beforeEach(async () => {
    server = createServer({ pauseOnConnect: true });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.on('error', () => undefined);
    reset = new Promise((resolve) => client.once('close', resolve));
    [socket] = await accepted;
    // more than is read of it
    await new Promise((resolve) => client.write('x'.repeat(1_000), resolve));
  });
  afterEach(() => {
    client.destroy();
    server.close();
  });

  const openSockets = () =>
    readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        const target = readlinkSync(`/proc/self/fd/${fd}`);
        return target.startsWith('socket:') ? [target] : [];
      } catch {
        // the descriptor that the folder was read by
        return [];
      }
    });

  it('is reset for the other end, and no descriptor of it is left', async () => {
    const before = openSockets().length;
    createCutOff(libc)(socket);
    await reset;
    await expect.poll(() => openSockets().length).toBe(before - 2);
  });

  it('lives until another thread closes it: no task waits for what the kernel has to throw away', async () => {
    const left: number[] = [];
    createCutOff(libc, (fd) => left.push(fd))(socket);
    expect(socket.destroyed).toBe(true);
    await once(socket, 'close');
    expect(left).toHaveLength(1);
    expect(client.closed).toBe(false);
    closeSync(Number(left[0]));
    await reset;
  });

  it('is not handed on to the programs that the daemon runs', async () => {
    const left: number[] = [];
    createCutOff(libc, (fd) => left.push(fd))(socket);
    // FD_CLOEXEC, in octal: https://man7.org/linux/man-pages/man5/proc_pid_fdinfo.5.html
    const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${left[0]}`, 'utf8'))?.[1];
    expect(Number.parseInt(flags ?? '', 8) & 0o2000000).toBe(0o2000000);
    closeSync(Number(left[0]));
  });

  it.each([
    ['without libc', undefined],
    [
      'where there is no descriptor left',
      {
        duplicate: () => {
          throw new Error('EMFILE');
        },
      },
    ],
  ])('is closed all the same %s', async (_, duplicating) => {
    createCutOff(duplicating, () => expect.unreachable())(socket);
    await reset;
  });

  it('may be closed already', async () => {
    socket.destroy();
    await once(socket, 'close');
    createCutOff(libc, () => expect.unreachable())(socket);
  });
});
