import { once } from 'node:events';
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
  TOKEN_PATH,
  type Container,
  type HostVm,
} from '../vm.ts';

const SOCKETS = fileURLToPath(new URL('sockets.py', import.meta.url));
const NEIGHBOUR = fileURLToPath(new URL('neighbour.py', import.meta.url));

/** Root in a container that may do everything to its own network, and to no other. */
describe.skipIf(IS_SKIPPED)(`root of a task with its own network namespace${NEEDS}`, () => {
  let stage: HostStage;
  let vm: HostVm;
  let victim: Container;
  let attacker: Container;

  beforeAll(async () => {
    stage = await setHostStage();
    vm = await createHostVm(stage);
    await vm.startHost('--conceal');
    [victim, attacker] = [await vm.container(), await vm.container()];
    await add('victim', TRAINER, victim);
    await add('attacker', ALICE, attacker);
  });
  afterAll(async () => {
    await vm?.close();
    stage.close();
  });

  async function add(id: string, target: string, { pid }: Container): Promise<void> {
    const ended = await vm.task('add', id, '--target', target, '--pid', String(pid));
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  }
  const addressOf = async (container: Container, version: '-4' | '-6') => {
    const { out } = await container.run(['ip', version, '-o', 'address', 'show', 'eth0', 'scope', 'global']);
    return /inet6? ([^/]+)\//.exec(out)?.[1] ?? '';
  };
  /** Those of its packets that the neighbour answered. */
  async function answeredBy(neighbour: Container, from: Container): Promise<unknown> {
    const [mac] = (await neighbour.run(['cat', '/sys/class/net/eth0/address'])).out.split('\n');
    const { out: link } = await neighbour.run(['ip', '-o', 'link', 'show', 'eth0']);
    const hardware = /link\/ether (\S+)/.exec(link)?.[1] ?? mac ?? '';
    const peers = [await addressOf(neighbour, '-4'), await addressOf(neighbour, '-6')];
    // each knows how to reach the other before it has to answer
    for (const peer of [peers[0], `[${peers[1]}]`]) await from.ask({ host: `${peer}:9` });
    const own = [await addressOf(from, '-4'), await addressOf(from, '-6')];
    const words = ['eth0', hardware, own[0], peers[0], own[1], peers[1]].map(String);
    const { code, out } = await from.run(['python3', NEIGHBOUR, ...words]);
    expect([code, out]).toEqual([0, expect.stringMatching(/^\[.*\]\n$/)]);
    return JSON.parse(out);
  }

  it('gets no answer of a neighbour’s listener, whatever packets it makes', async () => {
    expect(await answeredBy(victim, attacker)).toEqual([]);
  });

  it('nor where the neighbour’s rules are gone and its kernel follows source routes', async () => {
    const careless = await vm.container();
    await add('careless', READER, careless);
    await careless.run(['nft', 'flush', 'ruleset']);
    const settings = ['ipv4/conf/all', 'ipv4/conf/eth0'].map((where) => `${where}/accept_source_route`);
    settings.push('ipv6/conf/all/seg6_enabled', 'ipv6/conf/eth0/seg6_enabled');
    const words = settings.map((name) => `echo 1 > /proc/sys/net/${name}`).join('; ');
    await careless.run([
      'unshare',
      '--mount',
      'sh',
      '-c',
      `mount -o remount,rw /proc/sys 2>/dev/null; ${words}`,
    ]);
    expect(await answeredBy(careless, attacker)).toEqual([]);
    expect(bearerOf(await careless.ask())).toBe(READER);
  });

  it('may begin only so many connections at once, and the other notices nothing', async () => {
    const eager = await vm.container();
    await add('eager', READER, eager);
    const { out } = await eager.run(['python3', SOCKETS, 'many', '5000']);
    const { connected, seconds } = JSON.parse(out) as { connected: number; seconds: number };
    expect(connected).toBeGreaterThan(100);
    expect(connected).toBeLessThan(BURST + PER_SECOND * seconds + 2);
    expect(bearerOf(await victim.ask())).toBe(TRAINER);
  });

  it('gets its own identity by any name of the address', async () => {
    for (const host of [METADATA, METADATA_V6, `[::ffff:${METADATA}]`, '0251.0376.0251.0376', '2852039166']) {
      const asked = await attacker.ask({ host, headers: ['Metadata-Flavor: Google', `Host: ${METADATA}`] });
      expect([host, bearerOf(asked)]).toEqual([host, ALICE]);
    }
  });

  it('finds nothing in /proc/net but what listens for itself', async () => {
    const { out } = await attacker.run(['ss', '-Htlnx']);
    const listening = out.split('\n').flatMap((line) => /LISTEN.*?(\S+:\d+) /.exec(line)?.[1] ?? []);
    expect(listening.toSorted()).toEqual([`${METADATA}%lo:80`, '[fd20:ce::254]%lo:80']);
    expect((await attacker.run(['cat', '/proc/net/unix'])).out).not.toContain('control.sock');
  });

  it('cannot take the port of what answers it', async () => {
    const script = `require('net').createServer().on('error', (e) => { console.log(e.code); process.exit(); }).listen(80, process.argv[1], () => console.log('mine'))`;
    for (const host of [METADATA, 'fd20:ce::254', '0.0.0.0', '::']) {
      const child = attacker.spawn([process.execPath, '-e', script, host]);
      const [said] = (await once(child.stdout ?? child, 'data')) as [Buffer];
      expect([host, said.toString()]).toEqual([host, 'EADDRINUSE\n']);
      child.kill('SIGKILL');
    }
  });

  it('lets nothing of its own answer where it took the port before it was registered', async () => {
    const early = await vm.container();
    const script = `require('net').createServer().listen(80, '0.0.0.0', () => console.log('mine'))`;
    const child = early.spawn([process.execPath, '-e', script]);
    await once(child.stdout ?? child, 'data');
    const ended = await vm.task('add', 'early', '--target', READER, '--pid', String(early.pid));
    expect([ended.code, ended.log[0]?.message]).toEqual([73, expect.stringContaining('port 80')]);
    child.kill('SIGKILL');
  });

  it('never reaches the VM’s own server, whatever it does to rules, routes and addresses', async () => {
    const before = stage.stolen();
    const changes = [
      'nft flush ruleset',
      'ip rule add pref 1 to 169.254.169.254 lookup main; ip -6 rule add pref 1 to fd20:ce::254 lookup main',
      'ip address del 169.254.169.254/32 dev lo; ip -6 address del fd20:ce::254/128 dev lo',
      'ip route add 169.254.169.254 via 10.98.0.1; ip -6 route add fd20:ce::254 via fd98::1',
      'ip link set lo down',
    ];
    const wild = await vm.container();
    await add('wild', READER, wild);
    for (const change of changes) {
      await wild.run(['sh', '-c', change]);
      for (const host of [METADATA, METADATA_V6]) {
        for (const curl of [[], ['--interface', 'eth0']]) {
          expect([READER, '0: ']).toContain(bearerOf(await wild.ask({ host, curl })));
        }
      }
    }
    expect(stage.stolen()).toBe(before);
    // nobody else noticed
    expect(bearerOf(await victim.ask())).toBe(TRAINER);
    expect(bearerOf(await attacker.ask())).toBe(ALICE);
  });

  it('has no identity to give to a namespace that it makes, unless it passes its own requests on', async () => {
    const inner = attacker.spawn(['unshare', '--net', 'sh', '-c', 'echo up; exec sleep 1000']);
    await once(inner.stdout ?? inner, 'data');
    const pid = String(inner.pid);
    await attacker.run(['ip', 'link', 'add', 'down0', 'type', 'veth', 'peer', 'name', 'up0', 'netns', pid]);
    await attacker.run(['sh', '-c', 'ip address add 10.77.0.1/24 dev down0; ip link set down0 up']);
    const inside = (...words: string[]) =>
      attacker.run(['nsenter', `--net=/proc/${pid}/ns/net`, '--', ...words]);
    await inside(
      'sh',
      '-c',
      'ip link set lo up; ip address add 10.77.0.2/24 dev up0; ip link set up0 up; ip route add default via 10.77.0.1',
    );
    const { out } = await inside(
      'curl',
      '-sm2',
      '-H',
      'Metadata-Flavor: Google',
      `http://${METADATA}${TOKEN_PATH}`,
    );
    expect(out).toBe('');
    inner.kill('SIGKILL');
  });

  it('is not entered by whoever is not root on the host', async () => {
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];
    for (const words of [
      ['nsenter', `--net=${victim.netns}`, 'true'],
      ['unshare', '--user', '--map-root-user', 'nsenter', `--net=${victim.netns}`, 'true'],
      ['curl', '-sS', '--unix-socket', vm.control, 'http://host/tasks'],
      ['ln', vm.control, `/tmp/${attacker.pid}.sock`],
    ]) {
      const { code, out } = await attacker.run([...nobody, ...words]);
      expect([words[0], code]).not.toEqual([words[0], 0]);
      expect(out).toMatch(/denied|not permitted|Couldn't connect|failed/i);
    }
  });
});
