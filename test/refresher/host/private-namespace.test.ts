import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALICE, bearerOf, READER, setHostStage, TRAINER, type HostStage } from './host-stage.ts';
import { isHostNamespace, namespaceAt, namespacePathOf } from '../../../refresher/host/kernel/namespaces.ts';
import {
  createHostVm,
  IS_SKIPPED,
  METADATA,
  METADATA_V6,
  spawnTethered,
  type Container,
  type HostVm,
  NEEDS,
} from './vm.ts';

describe.skipIf(IS_SKIPPED)(`a task with a network namespace of its own${NEEDS}`, () => {
  let stage: HostStage;
  let vm: HostVm;
  let [one, other]: Container[] = [];

  beforeAll(async () => {
    stage = await setHostStage();
    vm = await createHostVm(stage);
    await vm.startHost();
    [one, other] = [await vm.container(), await vm.container()];
    await add('one', TRAINER, one.pid);
    await add('other', ALICE, other.pid);
  });
  afterAll(async () => {
    await vm?.close();
    stage.close();
  });

  async function add(id: string, target: string, pid: number): Promise<void> {
    const ended = await vm.task('add', id, '--target', target, '--pid', String(pid));
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  }
  function both(): readonly [Container, Container] {
    if (one === undefined || other === undefined) throw new Error('no containers');
    return [one, other];
  }

  it('gets its own identity by both versions of IP, with nothing inside it', async () => {
    const [first, second] = both();
    expect(bearerOf(await first.ask())).toBe(TRAINER);
    expect(bearerOf(await first.ask({ host: METADATA_V6 }))).toBe(TRAINER);
    expect(bearerOf(await second.ask())).toBe(ALICE);
    expect(bearerOf(await second.ask({ host: METADATA_V6 }))).toBe(ALICE);
  });

  it('leaves no process of ours in the namespace', async () => {
    const [{ pid }] = both();
    const { stdout } = spawn('sh', ['-c', 'for p in /proc/[0-9]*; do echo $(readlink $p/ns/net) $p; done'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let text = '';
    for await (const chunk of stdout as AsyncIterable<Buffer>) text += chunk.toString();
    const lines = text.split('\n');
    const namespace = lines.find((line) => line.endsWith(`/proc/${pid}`))?.split(' ')[0];
    expect(lines.filter((line) => line.startsWith(`${namespace} `))).toHaveLength(1);
  });

  it('may forge headers and the source address: it only ever asks for itself', async () => {
    const [first, second] = both();
    const forged = [
      'Metadata-Flavor: Google',
      `X-Real-IP: ${second.address}`,
      `Forwarded: for=${second.address}`,
    ];
    expect(bearerOf(await first.ask({ headers: forged }))).toBe(TRAINER);
    const proxied = await first.ask({ headers: [...forged, `X-Forwarded-For: ${second.address}`] });
    expect(proxied.status).toBe(403);
    await first.run(['ip', 'address', 'add', `${second.address}/32`, 'dev', 'lo']);
    const answer = await first.ask({ curl: ['--interface', second.address] });
    await first.run(['ip', 'address', 'del', `${second.address}/32`, 'dev', 'lo']);
    expect([0, 403]).toContain(answer.status);
  });

  it('is not reached by a neighbour that routes the addresses through its own', async () => {
    const [first, second] = both();
    const third = await vm.container();
    for (const address of [first.address, second.address]) {
      await third.run(['ip', 'route', 'replace', `${METADATA}/32`, 'via', address]);
      expect(await third.ask()).toEqual({ status: 0, body: '' });
      await third.run([
        'ip',
        '-6',
        'route',
        'replace',
        'fd20:ce::254/128',
        'via',
        address === first.address ? 'fd98::11' : 'fd98::12',
      ]);
      expect(await third.ask({ host: METADATA_V6 })).toEqual({ status: 0, body: '' });
    }
    expect(bearerOf(await first.ask())).toBe(TRAINER);
  });

  it('is not even answered with a token where the rules inside it are gone', async () => {
    const victim = await vm.container();
    await add('victim', READER, victim.pid);
    await victim.run(['nft', 'flush', 'ruleset']);
    const third = await vm.container();
    await third.run(['ip', 'route', 'replace', `${METADATA}/32`, 'via', victim.address]);
    const { status, body } = await third.ask();
    expect(status).not.toBe(200);
    expect(body).not.toContain('ya29.');
  });

  it('does not reach the VM’s own server, which others do reach', async () => {
    const [first] = both();
    const stranger = await vm.container();
    expect(bearerOf(await stranger.ask())).toBe('the VM itself');
    const before = stage.stolen();
    for (const host of [METADATA, METADATA_V6]) {
      expect((await first.ask({ host, curl: ['--interface', 'eth0'] })).body).not.toContain('ya29.');
      expect((await first.ask({ host: `${host}:8080` })).status).toBe(0);
    }
    expect(stage.stolen()).toBe(before);
  });

  it('still reaches DNS on the same address', async () => {
    const [first] = both();
    const { out } = await first.run(['ip', 'route', 'get', METADATA, 'ipproto', 'udp', 'dport', '53']);
    expect(out).toContain('via 10.98.0.1 dev eth0');
    expect(
      (await first.run(['ip', 'route', 'get', METADATA, 'ipproto', 'tcp', 'dport', '80'])).out,
    ).toContain('dev lo');
  });

  it('is answered nothing on a connection kept open across its removal', async () => {
    const container = await vm.container();
    await add('kept', READER, container.pid);
    const script = `
      const agent = new (require('http').Agent)({ keepAlive: true, maxSockets: 1 });
      const ask = () => new Promise((resolve) => {
        require('http').get({ host: '${METADATA}', path: process.argv[1], agent, headers: { 'metadata-flavor': 'Google' } }, (r) => {
          let body = ''; r.on('data', (c) => body += c); r.on('end', () => resolve(r.statusCode + ' ' + body));
        }).on('error', (e) => resolve('error ' + e.code));
      });
      ask().then(async (first) => {
        console.log(first.slice(0, 3));
        process.stdin.once('data', async () => { console.log(await ask()); process.exit(); });
      });`;
    const client = container.spawn([
      process.execPath,
      '-e',
      script,
      '/computeMetadata/v1/instance/service-accounts/default/token',
    ]);
    const lines: string[] = [];
    client.stdout?.on('data', (chunk: Buffer) => lines.push(...chunk.toString().trim().split('\n')));
    await once(client.stdout ?? client, 'data');
    expect(lines).toEqual(['200']);
    expect(await vm.task('rm', 'kept')).toMatchObject({ code: 0, stdout: '', stderr: '' });
    client.stdin?.write('again\n');
    await once(client, 'close');
    expect(lines[1]).toMatch(/^error E/);
    // nor does what is left of it fall through to the VM
    expect((await container.ask()).status).toBe(0);
    expect((await container.ask({ host: METADATA_V6 })).status).toBe(0);
  });

  it('notices nothing of ten thousand connections that another opens and does not use', async () => {
    const [first, second] = both();
    const script = `
      const net = require('net'); let open = 0;
      for (let n = 0; n < 10000; n += 1) {
        const s = net.connect(80, '${METADATA}'); s.on('error', () => {}); s.on('connect', () => { if (++open === 300) console.log('many'); });
      }`;
    const flood = first.spawn([
      'sh',
      '-c',
      'ulimit -n 20000; exec "$@"',
      'sh',
      process.execPath,
      '-e',
      script,
    ]);
    await once(flood.stdout ?? flood, 'data');
    expect(bearerOf(await second.ask())).toBe(ALICE);
    flood.kill('SIGKILL');
    await once(flood, 'close');
    // it began more connections than it may, so that its own had to wait
    await expect.poll(async () => bearerOf(await first.ask()), { timeout: 20_000 }).toBe(TRAINER);
  });
});

function namespaceOf(pid: 'self' | number) {
  const id = namespaceAt(namespacePathOf(pid));
  if (id === undefined) throw new Error(`no namespace of ${pid}`);
  return id;
}

describe.skipIf(IS_SKIPPED)(`what is no task of its own${NEEDS}`, () => {
  let stage: HostStage;
  let vm: HostVm;

  beforeAll(async () => {
    stage = await setHostStage();
    vm = await createHostVm(stage);
    await vm.startHost();
  });
  afterAll(async () => {
    await vm?.close();
    stage.close();
  });

  const add = (id: string, ...claim: string[]) => vm.task('add', id, '--target', TRAINER, ...claim);
  const refusal = (ended: Awaited<ReturnType<typeof add>>) => [ended.code, ended.log[0]?.message];

  it('the network namespace of the host is refused, by whatever name', async () => {
    // never one that this machine could lose its own addresses by
    expect(isHostNamespace(namespaceOf('self'))).toBe(true);
    const claims = [
      ['--pid', String(vm.pid)],
      ['--netns', `/proc/${vm.pid}/ns/net`],
      ['--netns', `/proc/${vm.pid}/task/${vm.pid}/ns/net`],
    ];
    for (const claim of claims) {
      expect(refusal(await add('host', ...claim))).toEqual([
        73,
        expect.stringContaining('own network namespace'),
      ]);
    }
    expect((await vm.task('ls')).stdout).toBe('');
  });

  it('a namespace that is registered already is refused, by whatever name', async () => {
    const container = await vm.container();
    expect((await add('first', '--pid', String(container.pid))).code).toBe(0);
    expect(refusal(await add('second', '--netns', container.netns))).toEqual([
      73,
      expect.stringContaining('task first'),
    ]);
    expect(refusal(await add('third', '--pid', String(container.pid)))).toEqual([
      73,
      expect.stringContaining('task first'),
    ]);
    expect((await vm.task('ls')).stdout.trim().split('\n')).toHaveLength(1);
    expect(bearerOf(await container.ask())).toBe(TRAINER);
  });

  it('a namespace that processes of two cgroups share is refused by process', async () => {
    const container = await vm.container();
    const inside = (cgroup: string) =>
      spawnTethered(
        vm.words(vm.cgroup(cgroup), [
          'nsenter',
          `--net=${container.netns}`,
          'sh',
          '-c',
          'echo up; exec sleep 1000',
        ]),
      );
    const [mine, foreign] = [inside('mine'), inside('foreign')];
    await Promise.all([once(mine.stdout ?? mine, 'data'), once(foreign.stdout ?? foreign, 'data')]);
    const ended = await add('shared', '--pid', String(mine.pid));
    expect(refusal(ended)).toEqual([73, expect.stringContaining('shares the network namespace')]);
    mine.kill('SIGKILL');
    foreign.kill('SIGKILL');
  });

  it.each([
    ['a process that there is not', ['--pid', '4194000'], 66],
    ['a path that leads nowhere', ['--netns', '/run/netns/nothing'], 66],
    ['a file that is no namespace', ['--netns', '/etc/passwd'], 66],
    ['a namespace of another kind', ['--netns', `/proc/${process.pid}/ns/uts`], 66],
    ['a path that is not absolute', ['--netns', 'netns'], 65],
    ['no number', ['--pid', 'init'], 65],
    ['two claims', ['--pid', '4194000', '--netns', '/run/netns/nothing'], 65],
    ['no claim', [], 65],
    ['a cgroup, without concealment', ['--cgroup', 'any'], 71],
    ['an address, without concealment', ['--address', '10.98.0.11'], 71],
  ])('%s is refused, and nothing is registered', async (_, claim, code) => {
    const ended = await add('no-task', ...claim);
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.log).toHaveLength(1);
    expect((await vm.task('ls')).stdout).not.toContain('no-task');
  });
});
