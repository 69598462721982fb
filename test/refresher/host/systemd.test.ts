/**
 * The unit as it is, on a systemd that runs it, where cloud-init has installed it.
 */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALICE, bearerOf, setHostStage, TRAINER, type HostStage } from './host-stage.ts';
import { packagingUrl, readCloudConfig, withFunctions } from './cloud-config.ts';
import { bootSystemd, hasSystemd, LOG, UNIT, UNIT_PATH, type SystemdVm } from './systemd.ts';
import { createHostVm, IS_SKIPPED, NEEDS, type HostVm } from './vm.ts';

const DOCUMENT = new URL('../../../docs/host.md', import.meta.url);
const POLL = { timeout: 20_000 };
const ARCHIVE = 'worker.tar.gz';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const isSkipped = IS_SKIPPED || (!hasSystemd && process.env['CI'] !== 'true');

describe.skipIf(isSkipped)(`the daemon under systemd${NEEDS}${hasSystemd ? '' : ' (needs systemd)'}`, () => {
  let folder: string;
  let stage: HostStage;
  let vm: HostVm;
  let machine: SystemdVm;

  beforeAll(async () => {
    // not below /tmp, which is a machine's own
    folder = await mkdtemp('/var/tmp/archive-');
    await makeArchive();
    stage = await setHostStage();
    vm = await createHostVm(stage);
    machine = await bootSystemd(vm);
    await installAsCloudInitDoes();
    await succeed(['mkdir', '-p', '/sys/fs/cgroup/tasks.slice/alice', '/sys/fs/cgroup/tasks.slice/nobody']);
    await succeed(['ip', 'netns', 'add', 'trainer']);
  });
  afterAll(async () => {
    await machine?.close();
    await vm?.close();
    stage?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** As the comment of cloud-init-debian.yaml says. */
  async function makeArchive(): Promise<void> {
    const env = { ...process.env, PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };
    await promisify(execFile)('sh', [fileURLToPath(packagingUrl('package.sh'))], { env });
    await copyFile(new URL(`../../../dist/${ARCHIVE}`, import.meta.url), `${folder}/${ARCHIVE}`);
  }

  async function installAsCloudInitDoes(): Promise<void> {
    const { files, commands } = readCloudConfig('cloud-init-debian.yaml');
    for (const [path, text] of Object.entries(files)) await write(path, withFunctions(text, stage.env));
    await write('/usr/local/sbin/gcloud', `#!/bin/sh\nexec cat ${folder}/${ARCHIVE}\n`);
    await succeed(['chmod', '755', '/usr/local/sbin/gcloud']);
    for (const command of commands) await succeed(['env', `PATH=${PATH}`, 'sh', '-c', command]);
  }

  const refresher = (...words: string[]) => machine.run(['/usr/local/bin/refresher', ...words]);
  const { succeed, write, property } = {
    succeed: (words: readonly string[]) => machine.succeed(words),
    write: (path: string, text: string) => machine.write(path, text),
    property: (name: string) => machine.property(name),
  };

  it('is ready when systemd says that it has started', async () => {
    expect(await property('ActiveState')).toBe('active');
    expect(await refresher('host', '--check')).toMatchObject({ code: 0 });
  });

  it('is a sound unit, and as tight as docs/host.md says', async () => {
    expect(await machine.run(['systemd-analyze', 'verify', UNIT])).toEqual({ code: 0, out: '' });
    const report = await succeed(['systemd-analyze', 'security', '--offline=yes', UNIT_PATH]);
    const [, score] = /exposure level for \S+: ([\d.]+)/.exec(report) ?? [];
    const [, documented] = /exposure level of (\d+\.\d+)/.exec(readFileSync(DOCUMENT, 'utf8')) ?? [];
    expect(Number(score)).toBeLessThanOrEqual(Number(documented));
  });

  it('serves both kinds of tasks from within its sandbox, and no other process of the VM', async () => {
    const added = [
      ['trainer', '--target', TRAINER, '--netns', '/run/netns/trainer'],
      ['alice', '--target', ALICE, '--cgroup', 'tasks.slice/alice'],
    ];
    for (const words of added) await succeed(['/usr/local/bin/refresher', 'task', 'add', ...words]);
    expect(bearerOf(await machine.askFrom({ netns: 'trainer' }))).toBe(TRAINER);
    expect(bearerOf(await machine.askFrom({ cgroup: 'tasks.slice/alice' }))).toBe(ALICE);
    expect((await machine.askFrom({ cgroup: 'tasks.slice/nobody' })).status).toBe(403);
  });

  it('is started again whenever it is killed, with its tasks', async () => {
    for (const restarts of ['1', '2', '3']) {
      await succeed(['kill', '-KILL', await property('MainPID')]);
      await expect.poll(() => property('NRestarts'), POLL).toBe(restarts);
      await expect.poll(() => property('ActiveState'), POLL).toBe('active');
    }
    // systemd gives up after five of them otherwise
    expect(await property('StartLimitIntervalUSec')).toBe('0');
    expect(bearerOf(await machine.askFrom({ netns: 'trainer' }))).toBe(TRAINER);
    expect(bearerOf(await machine.askFrom({ cgroup: 'tasks.slice/alice' }))).toBe(ALICE);
    expect(await refresher('host', '--check')).toMatchObject({ code: 0 });
  });

  it('leaves the VM concealed, and its tasks to nobody, while it is stopped', async () => {
    await succeed(['systemctl', 'stop', UNIT]);
    expect(await property('Result')).toBe('success');
    expect((await machine.askFrom({ netns: 'trainer' })).status).toBe(0);
    expect((await machine.askFrom({ cgroup: 'tasks.slice/alice' })).status).toBe(0);
    expect((await machine.askFrom({ cgroup: 'tasks.slice/nobody' })).status).toBe(0);
    await succeed(['systemctl', 'start', UNIT]);
    await expect.poll(async () => bearerOf(await machine.askFrom({ netns: 'trainer' }))).toBe(TRAINER);
  });

  it('is not started again and again with a configuration that cannot work', async () => {
    await write('/etc/token-vending/host.env', 'TOKEN_VENDING_HOST_FLAGS=\n');
    expect(await machine.run(['systemctl', 'restart', UNIT])).not.toMatchObject({ code: 0 });
    await expect.poll(() => property('ActiveState')).toBe('failed');
    expect(await property('ExecMainStatus')).toBe('78');
    expect(await succeed(['cat', LOG])).toContain('no function: set');
  });
});
