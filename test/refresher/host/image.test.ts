/**
 * The image of the daemon, made step by step without an engine, and the unit of Container-Optimized OS that runs it, on a
 * systemd, with a stand-in for Docker.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyLibrariesOf, ROOT, runBuildSteps, stagesOf, stepsOf, type Step } from '../dockerfile.ts';
import { ALICE, bearerOf, setHostStage, TRAINER, type HostStage } from './host-stage.ts';
import { packagingUrl, readCloudConfig, withFunctions } from './cloud-config.ts';
import { bootSystemd, hasSystemd, UNIT, UNIT_PATH, type SystemdVm } from './systemd.ts';
import { createHostVm, IS_SKIPPED, NEEDS, type HostVm } from './vm.ts';

const DOCKER = fileURLToPath(new URL('docker.sh', import.meta.url));
const POLL = { timeout: 20_000 };
const BUILD_TIMEOUT_MS = 240_000;
const isSkipped = IS_SKIPPED || (!hasSystemd && process.env['CI'] !== 'true');

describe.skipIf(isSkipped)(`the image of the daemon, on a VM as cloud-init makes it${NEEDS}`, () => {
  const [build = [], image = []] = stagesOf(readFileSync(packagingUrl('Dockerfile'), 'utf8'));
  let folder: string;
  let stage: HostStage;
  let vm: HostVm;
  let machine: SystemdVm;

  beforeAll(async () => {
    // not below /tmp, which is a machine's own
    folder = await mkdtemp('/var/tmp/image-');
    await runBuildSteps(build, join(folder, 'src'));
    await layOutImage(image, join(folder, 'src'), join(folder, 'root'));
    await rm(join(folder, 'src'), { recursive: true });
    stage = await setHostStage();
    vm = await createHostVm(stage);
    machine = await bootSystemd(vm);
    await installAsCloudInitDoes();
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await machine?.close();
    await vm?.close();
    stage?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function installAsCloudInitDoes(): Promise<void> {
    const { files, commands } = readCloudConfig('cloud-init-cos.yaml');
    const { succeed, write } = machine;
    for (const [path, text] of Object.entries(files)) await write(path, withFunctions(text, stage.env));
    await succeed(['install', '-m', '755', DOCKER, '/usr/bin/docker']);
    await succeed(['cp', '/bin/true', '/usr/bin/docker-credential-gcr']);
    await write(`${UNIT_PATH}.d/image.conf`, `[Service]\nEnvironment=IMAGE_ROOT=${folder}/root\n`);
    const docker = '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n';
    await write('/etc/systemd/system/docker.service', docker);
    await succeed(['mkdir', '-p', '/sys/fs/cgroup/tasks.slice/alice', '/sys/fs/cgroup/tasks.slice/nobody']);
    for (const command of commands)
      await succeed(['env', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'sh', '-c', command]);
  }

  const refresher = (...words: string[]) =>
    machine.run(['/usr/bin/docker', 'exec', 'token-vending-host', 'refresher', ...words]);

  it('is built by the Node that the project is built with', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      readonly devDependencies: Readonly<Record<string, string>>;
    };
    expect(build[0]?.rest).toBe(`node:${manifest.devDependencies['node']}-bookworm-slim AS build`);
    expect(image[0]?.rest).toBe('debian:bookworm-slim');
  });

  it('runs as a sound unit, which is ready when it has started', async () => {
    expect(await machine.run(['systemd-analyze', 'verify', UNIT])).toEqual({ code: 0, out: '' });
    expect(await refresher('host', '--check')).toMatchObject({ code: 0 });
  });

  it('serves both kinds of tasks, a namespace among them that was made after its start', async () => {
    await machine.succeed(['ip', 'netns', 'add', 'trainer']);
    const claims = [
      ['trainer', '--target', TRAINER, '--netns', '/run/netns/trainer'],
      ['alice', '--target', ALICE, '--cgroup', 'tasks.slice/alice'],
    ];
    for (const words of claims) {
      expect(await refresher('task', 'add', ...words)).toMatchObject({ code: 0 });
    }
    expect(bearerOf(await machine.askFrom({ netns: 'trainer' }))).toBe(TRAINER);
    expect(bearerOf(await machine.askFrom({ cgroup: 'tasks.slice/alice' }))).toBe(ALICE);
    expect((await machine.askFrom({ cgroup: 'tasks.slice/nobody' })).status).toBe(403);
  });

  it('can be asked from the host, by the socket that it shares', async () => {
    const socket = '/run/token-vending/control.sock';
    const out = await machine.succeed(['curl', '-s', '--unix-socket', socket, 'http://host/tasks']);
    expect(JSON.parse(out)).toMatchObject({ tasks: [{ id: 'trainer' }, { id: 'alice' }] });
  });

  it('takes up its tasks again in another container, when it is killed', async () => {
    await machine.succeed(['/usr/bin/docker', 'rm', '--force', 'token-vending-host']);
    await expect.poll(() => machine.property('NRestarts'), POLL).toBe('1');
    await expect.poll(() => machine.property('ActiveState'), POLL).toBe('active');
    expect(bearerOf(await machine.askFrom({ netns: 'trainer' }))).toBe(TRAINER);
    expect(bearerOf(await machine.askFrom({ cgroup: 'tasks.slice/alice' }))).toBe(ALICE);
    expect((await machine.askFrom({ cgroup: 'tasks.slice/nobody' })).status).toBe(403);
  });

  it('ends as a service does, and leaves its tasks to nobody', async () => {
    await machine.succeed(['systemctl', 'stop', UNIT]);
    expect(await machine.property('Result')).toBe('success');
    expect((await machine.askFrom({ netns: 'trainer' })).status).toBe(0);
    expect((await machine.askFrom({ cgroup: 'tasks.slice/nobody' })).status).toBe(0);
  });
});

/** COPY, and in the place of a base image and of packages the same files of this machine, with their libraries. */
async function layOutImage(image: readonly Step[], src: string, root: string): Promise<void> {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(root, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, join(root, name));
  }
  const [, packages = ''] =
    /--no-install-recommends ([-\w ]+?) &&/.exec(stepsOf(image, 'RUN').join('\n')) ?? [];
  const installed = execFileSync('dpkg', ['-L', ...packages.split(' ')], { encoding: 'utf8' }).split('\n');
  const programs = ['/bin/sh', ...installed.filter((path) => /\/s?bin\/(?:ip|nft|nsenter)$/.test(path))];
  for (const program of programs) await cp(program, join(root, program), { dereference: true });
  for (const copied of stepsOf(image, 'COPY')) {
    const [, from = '', to = ''] = /^--from=build \/src\/(\S+) (\S+)$/.exec(copied) ?? [];
    await cp(join(src, from), join(root, to), { recursive: true });
  }
  for (const program of [...programs, '/usr/local/lib/token-vending/node']) {
    await copyLibrariesOf(join(root, program), root);
  }
  await chmod(root, 0o755);
}
