import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RefresherProcess } from '../refresher-process.ts';
import { ALICE, bearerOf, READER, setHostStage, TRAINER, type HostStage } from './host-stage.ts';
import {
  createHostVm,
  IS_SKIPPED,
  METADATA,
  METADATA_V6,
  runToEnd,
  spawnTethered,
  type HostVm,
  NEEDS,
} from './vm.ts';

const UNKNOWN = /^403: .*belongs to no task/;

describe.skipIf(IS_SKIPPED)(`tasks in the network of the host${NEEDS}`, () => {
  let stage: HostStage;
  let vm: HostVm;
  let daemon: RefresherProcess;

  beforeAll(async () => {
    stage = await setHostStage();
    vm = await createHostVm(stage);
    daemon = await vm.startHost('--conceal', '--allow-cgroup', vm.cgroup('guest-agent'), '--allow-address');
    await add('one', TRAINER);
    await add('other', ALICE);
  });
  afterAll(async () => {
    await vm?.close();
    stage.close();
  });

  async function add(id: string, target: string): Promise<void> {
    const ended = await vm.task('add', id, '--target', target, '--cgroup', vm.cgroup(id));
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  }
  const listeners = (): number[] =>
    vm
      .run(['ss', '-Htln', 'src', '127.0.0.1'])
      .split('\n')
      .flatMap((line) => (/127\.0\.0\.1:(\d+) /.exec(line)?.[1] ?? '').split('\n'))
      .flatMap((port) => (port === '' || Number(port) === stage.functionPort ? [] : [Number(port)]));

  it('get their own identities, by both versions of IP', async () => {
    for (const host of [METADATA, METADATA_V6]) {
      expect(bearerOf(await vm.askFrom(vm.cgroup('one'), { host }))).toBe(TRAINER);
      expect(bearerOf(await vm.askFrom(vm.cgroup('other'), { host }))).toBe(ALICE);
    }
  });

  it('count with the cgroups below theirs', async () => {
    expect(bearerOf(await vm.askFrom(vm.cgroup('one/worker'), {}))).toBe(TRAINER);
  });

  it('are told from what is in no task, which is told so', async () => {
    for (const host of [METADATA, METADATA_V6]) {
      expect(bearerOf(await vm.askFrom(vm.cgroup('stranger'), { host }))).toMatch(UNKNOWN);
    }
  });

  it('do not reach each other’s listeners, and nobody else reaches them', async () => {
    const ports = listeners();
    expect(ports).toHaveLength(3);
    const got: string[] = [];
    for (const host of ports.flatMap((port) => [`127.0.0.1:${port}`, `[::1]:${port}`, `10.98.0.1:${port}`])) {
      for (const cgroup of ['one', 'other', 'stranger', 'guest-agent']) {
        const asked = await vm.askFrom(vm.cgroup(cgroup), {
          host,
          headers: ['Metadata-Flavor: Google', 'Host: metadata.google.internal'],
        });
        if (asked.status === 200) got.push(`${cgroup} is ${bearerOf(asked)}`);
      }
    }
    // by both versions of IP
    expect(got.toSorted()).toEqual([
      `one is ${TRAINER}`,
      `one is ${TRAINER}`,
      `other is ${ALICE}`,
      `other is ${ALICE}`,
    ]);
  });

  it('may forge headers and the source address', async () => {
    const headers = ['Metadata-Flavor: Google', 'X-Real-IP: 127.0.0.1', 'Forwarded: for=127.0.0.1'];
    for (const source of ['127.0.0.1', '10.99.0.1', '10.98.0.1']) {
      const asked = await vm.askFrom(vm.cgroup('one'), { headers, curl: ['--interface', source] });
      expect([TRAINER, '0: ']).toContain(bearerOf(asked));
    }
  });

  it('do not reach the VM’s own server: the daemon and those that the operator names do', async () => {
    for (const host of [METADATA, METADATA_V6]) {
      expect(bearerOf(await vm.askFrom(vm.cgroup('guest-agent'), { host }))).toBe('the VM itself');
    }
    const before = stage.stolen();
    const container = await vm.container();
    for (const host of [METADATA, METADATA_V6]) {
      expect((await container.ask({ host })).status).toBe(0);
      for (const port of ['8080', '443']) {
        expect((await vm.askFrom(vm.cgroup('one'), { host: `${host}:${port}` })).status).toBe(0);
      }
    }
    expect(stage.stolen()).toBe(before);
  });

  it('and everybody else still reach DNS, on port 53 alone', async () => {
    const container = await vm.container();
    for (const words of [vm.words(vm.cgroup('one'), []), container.words([])]) {
      // nobody listens there: the refusal comes from the other side
      const { out } = await runToEnd([...words, 'curl', '-sSm3', `http://${METADATA}:53/`]);
      expect(out).toMatch(/Connection refused|Couldn't connect|after \d ms/);
      expect(out).not.toMatch(/timed out|prohibited|No route/);
    }
  });

  it('are refused in the daemon’s cgroup, in that of another task, and in one that may reach the server', async () => {
    const root = '/sys/fs/cgroup';
    const parent = vm.cgroup('one').split('/')[0] ?? '';
    const cases = [
      [vm.cgroup('daemon'), 73],
      [`${root}/${vm.cgroup('daemon')}`, 73],
      [vm.cgroup('daemon/below'), 73],
      [parent, 73],
      [vm.cgroup('one'), 73],
      [vm.cgroup('one/worker'), 73],
      [vm.cgroup('guest-agent'), 73],
      [vm.cgroup('guest-agent/below'), 73],
      ['/', 66],
      ['', 65],
      [root, 66],
      [`${parent}/nothing`, 66],
      [`${parent}/../..`, 65],
      ['/etc', 66],
      ['/proc/self', 66],
      [`x" accept; #`, 66],
    ] as const;
    for (const [cgroup, code] of cases) {
      const ended = await vm.task('add', 'bad', '--target', READER, `--cgroup=${cgroup}`);
      expect([cgroup, ended.code]).toEqual([cgroup, code]);
    }
    expect((await vm.task('ls')).stdout).not.toContain('bad');
  });

  it('lose their identity with their registration, and get nobody else’s', async () => {
    await add('short', READER);
    expect(bearerOf(await vm.askFrom(vm.cgroup('short')))).toBe(READER);
    expect((await vm.task('rm', 'short')).code).toBe(0);
    expect(bearerOf(await vm.askFrom(vm.cgroup('short')))).toMatch(UNKNOWN);
    expect((await vm.task('rm', 'short')).code).toBe(66);
  });

  it('end with their cgroup; one that is made again under the same name is nobody', async () => {
    await add('again', READER);
    const path = `/sys/fs/cgroup/${vm.cgroup('again')}`;
    vm.run(['sh', '-c', `rmdir ${path} && mkdir ${path}`]);
    expect(bearerOf(await vm.askFrom(vm.cgroup('again')))).toMatch(UNKNOWN);
    await daemon.logged(({ message, id }) => message.includes('has gone') && id === 'again');
    await add('again', ALICE);
    expect(bearerOf(await vm.askFrom(vm.cgroup('again')))).toBe(ALICE);
    expect((await vm.task('rm', 'again')).code).toBe(0);
  });

  it('come back as somebody else at once, while what was before them is still being taken down', async () => {
    await add('back', READER);
    const body = JSON.stringify({ targets: [ALICE], cgroup: vm.cgroup('back') });
    // the second is read before the first is answered
    const answers = await sendRaw(
      vm.control,
      'DELETE /tasks/back HTTP/1.1\r\nhost: host\r\n\r\n' +
        `PUT /tasks/back HTTP/1.1\r\nhost: host\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    expect(Array.from(answers.matchAll(/^HTTP\/1\.1 (\d+)/gm), ([, status]) => status)).toEqual([
      '204',
      '201',
    ]);
    expect(bearerOf(await vm.askFrom(vm.cgroup('back')))).toBe(ALICE);
    expect((await vm.task('rm', 'back')).code).toBe(0);
  });

  it('by address: where the operator wants that, and for that address alone', async () => {
    const [first, second] = [await vm.container(), await vm.container()];
    const added = await vm.task('add', 'bridged', '--target', READER, '--address', first.address);
    expect(added).toMatchObject({ code: 0, stderr: '' });
    expect(bearerOf(await first.ask())).toBe(READER);
    expect((await second.ask()).status).toBe(0);
    const port = vm.run(['ss', '-Htln', 'src', '0.0.0.0']).match(/0\.0\.0\.0:(\d+) /)?.[1];
    for (const asker of [first, second]) {
      const headers = ['Metadata-Flavor: Google', 'Host: metadata.google.internal'];
      expect((await asker.ask({ host: `10.98.0.1:${port}`, headers })).status).toBe(0);
    }
    expect((await vm.askFrom(vm.cgroup('one'), { host: `10.98.0.1:${port}` })).status).toBe(0);
    expect((await vm.task('rm', 'bridged')).code).toBe(0);
    expect((await first.ask()).status).toBe(0);
    for (const address of ['127.0.0.1', '169.254.169.254', '224.0.0.1', '::1', 'host']) {
      expect((await vm.task('add', 'bad', '--target', READER, '--address', address)).code).toBe(65);
    }
  });

  it('--check says that it holds, until the rules are changed; they are put back, and told of', async () => {
    expect(await vm.check()).toMatchObject({ code: 0 });
    for (const table of ['token_vending_conceal', 'token_vending_tasks']) {
      vm.run(['nft', 'delete', 'table', 'inet', table]);
      expect(await vm.check()).toMatchObject({ code: 0 });
      expect(vm.run(['nft', 'list', 'tables'])).toContain(table);
    }
    vm.run(['nft', 'insert', 'rule', 'inet', 'token_vending_conceal', 'guarded', 'accept']);
    await daemon.logged(({ message }) => message.includes('changed or removed'));
    expect(await vm.check()).toMatchObject({ code: 0 });
    expect(vm.run(['nft', 'list', 'chain', 'inet', 'token_vending_conceal', 'guarded'])).not.toMatch(
      /^\s*accept$/m,
    );
    expect(bearerOf(await vm.askFrom(vm.cgroup('one')))).toBe(TRAINER);
  });

  it('what takes the place of a daemon that was killed gets no requests of theirs', async () => {
    const ports = listeners();
    await daemon.stop();
    const script = `for (const port of [${ports.join(',')}]) require('http').createServer((q, r) => r.end('thief')).listen(port, '127.0.0.1', () => console.log(port))`;
    const thief = spawnTethered(vm.words(vm.cgroup('other'), [process.execPath, '-e', script]));
    await once(thief.stdout ?? thief, 'data');
    for (const cgroup of ['one', 'stranger']) {
      expect(await vm.askFrom(vm.cgroup(cgroup))).toEqual({ status: 0, body: '' });
    }
    thief.kill('SIGKILL');
    await once(thief, 'close');

    daemon = await vm.startHost('--conceal', '--allow-cgroup', vm.cgroup('guest-agent'));
    expect(bearerOf(await vm.askFrom(vm.cgroup('one')))).toBe(TRAINER);
    expect(bearerOf(await vm.askFrom(vm.cgroup('other')))).toBe(ALICE);
    expect(bearerOf(await vm.askFrom(vm.cgroup('stranger')))).toMatch(UNKNOWN);
    expect(vm.run(['nft', 'list', 'tables']).match(/token_vending/g)).toHaveLength(2);
  });

  it('rules stay when the daemon ends, and go when that is asked for', async () => {
    expect((await vm.runHost('--restore')).code).toBe(64);
    daemon.signal('SIGTERM');
    expect((await daemon.ended).code).toBe(0);
    expect((await vm.check()).code).toBe(69);
    expect(await vm.askFrom(vm.cgroup('one'))).toEqual({ status: 0, body: '' });
    expect(await vm.askFrom(vm.cgroup('stranger'))).toEqual({ status: 0, body: '' });
    expect(await vm.runHost('--restore')).toMatchObject({ code: 0, stderr: '' });
    expect(await vm.runHost('--restore')).toMatchObject({ code: 0, stderr: '' });
    expect(vm.run(['nft', 'list', 'tables'])).not.toContain('token_vending');
    expect(bearerOf(await vm.askFrom(vm.cgroup('stranger')))).toBe('the VM itself');
  });
});

/** What is answered to it, until the other side ends. */
async function sendRaw(socketPath: string, requests: string): Promise<string> {
  const socket = connect(socketPath);
  socket.write(requests);
  return text(socket);
}
