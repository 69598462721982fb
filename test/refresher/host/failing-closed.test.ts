import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bearerOf, setHostStage, TRAINER, type HostStage } from './host-stage.ts';
import { createHostVm, IS_SKIPPED, type HostVm, NEEDS } from './vm.ts';

describe.skipIf(IS_SKIPPED)(`a host that lacks something${NEEDS}`, () => {
  let stage: HostStage;
  let vm: HostVm;

  beforeEach(async () => {
    stage = await setHostStage();
    vm = await createHostVm(stage);
  });
  afterEach(async () => {
    await vm?.close();
    stage.close();
  });

  const broken = (tool: string) => vm.run(['mount', '--bind', '/bin/false', `/usr/sbin/${tool}`]);
  const mended = (tool: string) => vm.run(['umount', `/usr/sbin/${tool}`]);

  it('gives no task a token while the rules cannot be put back, and says why', async () => {
    const host = await vm.startHost('--conceal');
    const container = await vm.container();
    await vm.task('add', 'own', '--target', TRAINER, '--pid', String(container.pid));
    await vm.task('add', 'shared', '--target', TRAINER, '--cgroup', vm.cgroup('shared'));
    expect(bearerOf(await container.ask())).toBe(TRAINER);
    broken('nft');
    await host.logged(
      ({ severity, message }) => severity === 'ERROR' && message.includes('cannot be put in place'),
    );
    for (const asked of [await container.ask(), await vm.askFrom(vm.cgroup('shared'))]) {
      expect(asked.status).toBe(503);
      expect(asked.body).toContain('conceal');
    }
    expect(await vm.check()).toMatchObject({ code: 69 });
    const next = await vm.container();
    for (const claim of [`--cgroup=${vm.cgroup('new')}`, `--pid=${next.pid}`]) {
      expect(await vm.task('add', 'new', '--target', TRAINER, claim)).toMatchObject({ code: 69, stdout: '' });
    }
    expect((await vm.task('ls')).stdout).not.toContain('new');
    mended('nft');
    await expect.poll(async () => bearerOf(await container.ask()), { timeout: 20_000 }).toBe(TRAINER);
    expect(await vm.check()).toMatchObject({ code: 0 });
  });

  it('has no program enter the namespace of a task that was refused, when its descriptor may be another’s', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slow-ip-'));
    await writeFile(join(folder, 'ip'), `#!/bin/sh\nsleep 0.5\necho ended >> ${folder}/log\n`, {
      mode: 0o755,
    });
    await vm.startHost();
    const { pid } = await vm.container();
    broken('nft');
    vm.run(['mount', '--bind', join(folder, 'ip'), '/usr/sbin/ip']);
    const added = await vm.task('add', 'own', '--target', TRAINER, '--pid', String(pid));
    const log = await readFile(join(folder, 'log'), 'utf8').catch(() => '');
    mended('ip');
    await rm(folder, { recursive: true });
    expect(added).toMatchObject({ stdout: '', stderr: expect.stringContaining('nft') as string });
    expect(added.code).not.toBe(0);
    expect(log).toBe('ended\nended\n');
  });

  it('without nft does not start with --conceal; in one line that says what still works', async () => {
    vm.run(['sh', '-c', 'mount -t tmpfs none /usr/sbin']);
    const ended = await vm.runHost('--conceal');
    expect(ended).toMatchObject({ code: 71, stdout: '' });
    expect(ended.log).toHaveLength(1);
    expect(ended.log[0]?.message).toMatch(/nft is not installed.*network namespace of their own still work/);
  });

  it('without cgroup v2 does not start with --conceal, but without', async () => {
    vm.run(['umount', '/sys/fs/cgroup']);
    const ended = await vm.runHostAnywhere('--conceal');
    expect(ended.code).toBe(71);
    expect(ended.log).toHaveLength(1);
    expect(ended.log[0]?.message).toMatch(
      /cgroup v2 at \/sys\/fs\/cgroup.*network namespace of their own still work/,
    );
  });

  it('in the root cgroup, with everything else, does not start with --conceal', async () => {
    const ended = await vm.runHostAnywhere('--conceal');
    expect(ended.code).toBe(78);
    expect(ended.log[0]?.message).toContain('start it as a service');
  });

  it('without ip registers no task in a network namespace, and says so', async () => {
    await vm.startHost();
    const container = await vm.container();
    vm.run([
      'sh',
      '-c',
      'mount -t tmpfs none /usr/sbin; mkdir -p /tmp; for d in /sbin /bin; do test -e $d/ip && test ! $d/ip -ef /usr/sbin/ip && mount --bind /bin/false $d/ip; done; true',
    ]);
    const ended = await vm.task('add', 'own', '--target', TRAINER, '--pid', String(container.pid));
    expect(ended.code).toBe(71);
    expect((await vm.task('ls')).stdout).toBe('');
  });

  it.each([
    [['--allow-cgroup', 'x'], 64],
    [['--allow-address'], 64],
    [['--conceal', '--conceal'], 64],
    [['--unknown'], 64],
    [['stray'], 64],
    [['--max-tasks', '0'], 78],
    [['--wait', 'long'], 78],
    [['--state', 'relative'], 64],
    [['--metadata-host', 'http://x'], 78],
  ])('is not started by %j', async (args, code) => {
    const ended = await vm.runHost(...args);
    expect([ended.code, ended.log.length]).toEqual([code, 1]);
  });

  it('says that root is needed', async () => {
    const ended = await vm.runHostAnywhere('--conceal', 'as-nobody');
    expect(ended.code).toBe(71);
    expect(ended.log[0]?.message).toMatch(/needs root.*serve and exec work/);
  });
});
