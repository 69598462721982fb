/**
 * The unit as it is, on a systemd that runs it.
 */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALICE, bearerOf, setHostStage, TRAINER, type HostStage } from './host-stage.ts';
import { bootSystemd, type SystemdVm } from './systemd.ts';
import { createHostVm, IS_SKIPPED, NEEDS, type HostVm } from './vm.ts';

const PACKAGING = fileURLToPath(new URL('../../../refresher/host/packaging/', import.meta.url));
const DOCUMENT = new URL('../../../docs/host.md', import.meta.url);
const UNIT = 'token-vending-host.service';
const hasSystemd = spawnSync('sh', ['-c', 'test -x /usr/lib/systemd/systemd']).status === 0;
const isSkipped = IS_SKIPPED || (!hasSystemd && process.env['CI'] !== 'true');

/** There is no journal on this VM. */
const LOG = '/var/log/token-vending-host.log';
const POLL = { timeout: 20_000 };
const DROP_IN = `[Service]\nStandardError=append:${LOG}\n`;

describe.skipIf(isSkipped)(`the daemon under systemd${NEEDS}${hasSystemd ? '' : ' (needs systemd)'}`, () => {
  let stage: HostStage;
  let vm: HostVm;
  let machine: SystemdVm;

  beforeAll(async () => {
    stage = await setHostStage();
    vm = await createHostVm(stage);
    machine = await bootSystemd(vm);
    const variables = Object.entries(stage.env).map(([name, value]) => `${name}=${value}\n`);
    await succeed([...onPath, 'sh', `${PACKAGING}install.sh`]);
    await write('/etc/token-vending/host.env', `${variables.join('')}TOKEN_VENDING_HOST_FLAGS=--wait 20\n`);
    await write(`/etc/systemd/system/${UNIT}.d/log.conf`, DROP_IN);
    await succeed(['systemctl', 'daemon-reload']);
    await succeed(['systemctl', 'enable', '--now', UNIT]);
    await succeed(['mkdir', '-p', '/sys/fs/cgroup/tasks.slice/alice', '/sys/fs/cgroup/tasks.slice/nobody']);
    await succeed(['ip', 'netns', 'add', 'trainer']);
  });
  afterAll(async () => {
    await machine?.close();
    await vm?.close();
    stage.close();
  });

  const onPath = ['env', `PATH=${dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin`];
  const refresher = (...words: string[]) => machine.run(['/usr/local/bin/refresher', ...words]);

  async function succeed(words: readonly string[]): Promise<string> {
    const { code, out } = await machine.run(words);
    if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}: ${out}\n${await log()}`);
    return out;
  }
  async function write(path: string, text: string): Promise<void> {
    await succeed(['sh', '-c', 'mkdir -p "$(dirname "$0")" && printf %s "$1" > "$0"', path, text]);
  }
  const log = async () =>
    (await machine.run(['sh', '-c', `systemctl status --no-pager ${UNIT}; cat ${LOG}`])).out;
  const property = async (name: string) =>
    (await succeed(['systemctl', 'show', '--value', `--property=${name}`, UNIT])).trim();

  it('is ready when systemd says that it has started', async () => {
    expect(await property('ActiveState')).toBe('active');
    expect(await refresher('host', '--check')).toMatchObject({ code: 0 });
  });

  it('is a sound unit, and as tight as docs/host.md says', async () => {
    expect(await machine.run(['systemd-analyze', 'verify', UNIT])).toEqual({ code: 0, out: '' });
    const report = await succeed([
      'systemd-analyze',
      'security',
      '--offline=yes',
      `/etc/systemd/system/${UNIT}`,
    ]);
    const [, score] = /exposure level for \S+: ([\d.]+)/.exec(report) ?? [];
    const [, documented] = /exposure level of ([\d.]+)/.exec(readFileSync(DOCUMENT, 'utf8')) ?? [];
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
    expect(await log()).toContain('no function: set');
  });
});
