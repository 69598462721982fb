import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BURST, PER_SECOND } from '../../../../refresher/host/attribution/newcomers-limit.ts';
import { ALICE, bearerOf, READER, setHostStage, TRAINER, type HostStage } from '../host-stage.ts';
import {
  createHostVm,
  IS_SKIPPED,
  METADATA,
  METADATA_V6,
  NEEDS,
  runToEnd,
  TOKEN_PATH,
  type HostVm,
} from '../vm.ts';

const SOCKETS = fileURLToPath(new URL('sockets.py', import.meta.url));
const UNKNOWN = /^403: .*belongs to no task/;
const LIMITED = ['setpriv', '--bounding-set=-net_raw,-net_admin,-sys_admin', '--inh-caps=-all', '--'];

/** A container that shares the network of the host, as the documentation says to start one. */
describe.skipIf(IS_SKIPPED)(`root of a task in the network of the host${NEEDS}`, () => {
  let stage: HostStage;
  let vm: HostVm;

  beforeAll(async () => {
    stage = await setHostStage();
    vm = await createHostVm(stage);
    await vm.startHost('--conceal', '--allow-cgroup', vm.cgroup('guest-agent'), '--allow-address');
    await add('victim', TRAINER);
    await add('attacker', ALICE);
  });
  afterAll(async () => {
    await vm?.close();
    stage.close();
  });

  async function add(id: string, target: string): Promise<void> {
    const ended = await vm.task('add', id, '--target', target, '--cgroup', vm.cgroup(id));
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  }
  const inAttacker = (...words: string[]) =>
    runToEnd(vm.words(vm.cgroup('attacker'), [...LIMITED, ...words]));
  const askWith = (...curl: string[]) => vm.askFrom(vm.cgroup('attacker'), { curl });
  /** What a program of `sockets.py` got, one line for each. */
  const sockets = async (name: string, ...words: string[]) => {
    const { code, out } = await inAttacker('python3', SOCKETS, name, ...words);
    expect([code, out]).toEqual([0, expect.any(String)]);
    return out
      .trim()
      .split('\n')
      .map((line) => {
        const at = line.indexOf(' ');
        return bearerOf({ status: Number(line.slice(0, at)), body: line.slice(at + 1) });
      });
  };

  it('gets its own identity by any name of the address', async () => {
    for (const host of [METADATA, METADATA_V6, `[::ffff:${METADATA}]`, '0251.0376.0251.0376', '2852039166']) {
      const headers = ['Metadata-Flavor: Google', `Host: ${METADATA}`];
      const asked = await vm.askFrom(vm.cgroup('attacker'), { host, headers });
      expect([host, bearerOf(asked)]).toEqual([host, ALICE]);
    }
  });

  it('gets its own identity or none by any interface and from any port', async () => {
    const before = stage.stolen();
    for (const device of ['lo', 'g0', 'br0', '10.99.0.1', '10.98.0.1', '127.0.0.2']) {
      expect([ALICE, '0: ']).toContain(bearerOf(await askWith('--interface', device)));
    }
    for (const port of ['53', '80', '1023']) {
      expect(bearerOf(await askWith('--local-port', port))).toBe(ALICE);
    }
    expect(stage.stolen()).toBe(before);
  });

  it('gets nothing of listeners that it finds in /proc/net but of its own', async () => {
    const { out } = await inAttacker('cat', '/proc/net/tcp', '/proc/net/tcp6');
    const ports = Array.from(out.matchAll(/:([0-9A-F]{4}) \S+ 0A /g), ([, port = '']) => parseInt(port, 16));
    expect(ports.length).toBeGreaterThan(2);
    const got = new Set<string>();
    for (const port of new Set(ports)) {
      for (const host of [
        `127.0.0.1:${port}`,
        `127.0.0.2:${port}`,
        `[::1]:${port}`,
        `[::ffff:127.0.0.1]:${port}`,
        `10.98.0.1:${port}`,
      ]) {
        const headers = ['Metadata-Flavor: Google', 'Host: metadata.google.internal'];
        const asked = await vm.askFrom(vm.cgroup('attacker'), { host, headers });
        if (asked.status === 200 && port !== stage.functionPort) got.add(bearerOf(asked));
      }
    }
    expect([...got]).toEqual([ALICE]);
  });

  it('remains who it is in cgroups, cgroup namespaces and user namespaces of its own making', async () => {
    expect(bearerOf(await vm.askFrom(vm.cgroup('attacker/a')))).toBe(ALICE);
    expect(bearerOf(await vm.askFrom(vm.cgroup('attacker/a/b')))).toBe(ALICE);
    const ask = [
      'curl',
      '-s',
      '-m3',
      '-w',
      '%{stderr}%{http_code}',
      '-H',
      'Metadata-Flavor: Google',
      `http://${METADATA}${TOKEN_PATH}`,
    ];
    for (const namespace of [
      '--cgroup',
      '--user --map-root-user',
      '--user --map-root-user --cgroup --mount',
    ]) {
      const words = vm.words(vm.cgroup('attacker'), ['unshare', ...namespace.split(' '), ...ask]);
      const { out } = await runToEnd(words);
      const status = Number(out.slice(-3));
      expect([namespace, bearerOf({ status, body: out.slice(0, -3) })]).toEqual([namespace, ALICE]);
    }
  });

  it('cannot move itself, nor make packets, nor change rules, without the capabilities that it is started without', async () => {
    const root = '/sys/fs/cgroup';
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];
    const refused = [
      ['nft', 'list', 'ruleset'],
      ['ip', 'link', 'add', 'type', 'dummy'],
      ['python3', SOCKETS, 'packet'],
      ['python3', SOCKETS, 'raw'],
      ['nsenter', `--net=/proc/${vm.pid}/ns/net`, 'true'],
      [...nobody, 'sh', '-c', `echo $$ > ${root}/${vm.cgroup('victim')}/cgroup.procs`],
      [...nobody, 'curl', '-sS', '--unix-socket', vm.control, 'http://host/tasks'],
      ['unshare', '--user', '--map-root-user', 'nft', 'list', 'ruleset'],
    ];
    for (const words of refused) {
      const { code, out } = await inAttacker(...words);
      expect([words.join(' '), code]).not.toEqual([words.join(' '), 0]);
      expect(out).toMatch(/denied|not permitted|Couldn't connect/i);
    }
  });

  it('finds no socket of the daemon’s among the abstract ones, which all tasks share', async () => {
    const { out } = await inAttacker('cat', '/proc/net/unix');
    const named = out.split('\n').filter((line) => line.includes('token-vending') || line.includes(' @'));
    expect(named.filter((line) => line.includes('token'))).toEqual([]);
  });

  it('is known by the cgroup in which a socket was made, whoever uses it', async () => {
    // the socket is handed over to a process in no task, and to one in another: it stays the attacker's
    expect(await sockets('handed-over', `/sys/fs/cgroup/${vm.cgroup('stranger')}`)).toEqual([ALICE]);
    expect(await sockets('handed-over', `/sys/fs/cgroup/${vm.cgroup('victim')}`)).toEqual([ALICE]);
    // and a connection that is made after a move is that of where it was made
    vm.cgroup('stranger');
    expect(bearerOf(await vm.askFrom(vm.cgroup('stranger')))).toMatch(UNKNOWN);
  });

  it('gets no other’s identity by the ports of a connection that began before it was removed', async () => {
    await add('short', READER);
    expect(bearerOf(await vm.askFrom(vm.cgroup('short'), { curl: ['--local-port', '40001'] }))).toBe(READER);
    expect((await vm.task('rm', 'short')).code).toBe(0);
    for (let again = 0; again < 3; again += 1) {
      const asked = await vm.askFrom(vm.cgroup('short'), { curl: ['--local-port', '40001'] });
      expect(bearerOf(asked)).toMatch(/^403: .*belongs to no task|^0: $/);
    }
  });

  it('may begin only so many connections at once, and the other notices nothing', async () => {
    const { out } = await inAttacker('python3', SOCKETS, 'many', '5000');
    const { connected, seconds } = JSON.parse(out) as { connected: number; seconds: number };
    expect(connected).toBeGreaterThan(100);
    expect(connected).toBeLessThan(BURST + PER_SECOND * seconds + 2);
    expect(bearerOf(await vm.askFrom(vm.cgroup('victim')))).toBe(TRAINER);
  });
});
