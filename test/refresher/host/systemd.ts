/**
 * A worker VM whose first process is systemd, with the daemon installed on it as docs/host.md says.
 *
 * Its units are those of a machine that starts, and the daemon's; its network is the VM's.
 */

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { ask, runToEnd, spawnTethered, type Asked, type HostVm } from './vm.ts';

export interface SystemdVm {
  readonly run: (words: readonly string[]) => ReturnType<typeof runToEnd>;
  /** Asks for a token from a cgroup of this VM, or from a network namespace that has a name there. */
  readonly askFrom: (where: { readonly cgroup: string } | { readonly netns: string }) => Promise<Asked>;
  readonly close: () => Promise<void>;
}

const BOOT = fileURLToPath(new URL('systemd-boot.sh', import.meta.url));
const NAMESPACES = ['--mount', '--pid', '--fork', '--kill-child', '--ipc', '--uts', '--cgroup'];
const BOOT_LIMIT = { timeout: 30_000, interval: 50 };

export async function bootSystemd(vm: HostVm): Promise<SystemdVm> {
  const folder = mkdtempSync(join(tmpdir(), 'systemd-'));
  const cgroup = vm.cgroup('systemd');
  const booting = spawnTethered(vm.words(cgroup, ['unshare', ...NAMESPACES, 'sh', BOOT, folder]));
  let said = '';
  for (const stream of [booting.stdout, booting.stderr]) stream?.on('data', (text: Buffer) => (said += text));
  const ended = once(booting, 'close');

  const scope = `/sys/fs/cgroup/${cgroup}/init.scope/cgroup.procs`;
  const pid = await vi.waitUntil(
    () => vm.run(['sh', '-c', `head -1 ${scope} 2>&- || true`]).trim(),
    BOOT_LIMIT,
  );
  const inside = (words: readonly string[]) => ['nsenter', '--all', `--target=${pid}`, '--', ...words];
  const run = (words: readonly string[]) => runToEnd(inside(words));
  await vi
    .waitUntil(async () => (await run(['systemctl', 'is-system-running'])).out.trim() === 'running', {
      ...BOOT_LIMIT,
    })
    .catch((cause: unknown) => {
      throw new Error(`systemd did not come up: ${said}`, { cause });
    });

  return {
    run,
    askFrom: (where) =>
      ask(
        'netns' in where
          ? inside(['ip', 'netns', 'exec', where.netns])
          : inside(['sh', '-c', 'echo $$ > "/sys/fs/cgroup/$0/cgroup.procs" && exec "$@"', where.cgroup]),
      ),
    async close() {
      booting.kill('SIGKILL');
      await ended;
      // systemd's own cgroups: a namespace's end does not remove them
      vm.run([
        'find',
        `/sys/fs/cgroup/${cgroup}`,
        '-mindepth',
        '1',
        '-depth',
        '-type',
        'd',
        '-exec',
        'rmdir',
        '{}',
        ';',
      ]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
