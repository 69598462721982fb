/**
 * A worker VM whose first process is systemd, with the daemon installed on it as docs/host.md says.
 *
 * Its units are those of a machine that starts, and the daemon's; its network is the VM's.
 */

import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { packagingUrl } from './cloud-config.ts';
import { ask, runToEnd, spawnTethered, type Asked, type HostVm } from './vm.ts';

export interface SystemdVm {
  readonly run: (words: readonly string[]) => ReturnType<typeof runToEnd>;
  /** What it writes. Throws, with the state and the log of the daemon, where it fails. */
  readonly succeed: (words: readonly string[]) => Promise<string>;
  readonly write: (path: string, text: string) => Promise<void>;
  /** Of the daemon's unit. */
  readonly property: (name: string) => Promise<string>;
  /** Asks for a token from a cgroup of this VM, or from a network namespace that has a name there. */
  readonly askFrom: (where: { readonly cgroup: string } | { readonly netns: string }) => Promise<Asked>;
  readonly close: () => Promise<void>;
}

/** Debian: `systemd`. */
export const hasSystemd = existsSync('/usr/lib/systemd/systemd');

export const UNIT = 'token-vending-host.service';
export const UNIT_PATH = `/etc/systemd/system/${UNIT}`;
/** There is no journal on this VM. */
export const LOG = '/var/log/token-vending-host.log';

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

  async function succeed(words: readonly string[]): Promise<string> {
    const { code, out } = await run(words);
    if (code === 0) return out;
    const { out: state } = await run(['sh', '-c', `systemctl status --no-pager ${UNIT}; cat ${LOG}`]);
    throw new Error(`${words.join(' ')} ended with ${code}: ${out}\n${state}`);
  }
  const write = async (path: string, text: string) =>
    void (await succeed(['sh', '-c', 'mkdir -p "$(dirname "$0")" && printf %s "$1" > "$0"', path, text]));
  await write(`${UNIT_PATH}.d/log.conf`, `[Service]\nStandardError=append:${LOG}\n`);

  return {
    run,
    succeed,
    write,
    property: async (name) =>
      (await succeed(['systemctl', 'show', '--value', `--property=${name}`, UNIT])).trim(),
    askFrom: (where) =>
      ask(
        'netns' in where
          ? inside(['ip', 'netns', 'exec', where.netns])
          : inside(['sh', '-c', 'echo $$ > "/sys/fs/cgroup/$0/cgroup.procs" && exec "$@"', where.cgroup]),
      ),
    async close() {
      booting.kill('SIGKILL');
      await ended;
      // a namespace's end does not remove the cgroups that were made in it, and what was in them takes its time
      const below = `/sys/fs/cgroup/${cgroup} -mindepth 1 -depth -type d`;
      await vi.waitUntil(
        () => vm.run(['sh', '-c', `find ${below} -exec rmdir {} + 2>&-; find ${below}`]) === '',
        BOOT_LIMIT,
      );
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** By its install script, with the functions of a stage; returns when systemd says that it has started. */
export async function installDaemon(
  { succeed, write }: SystemdVm,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const PATH = `${dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin`;
  await succeed(['env', `PATH=${PATH}`, 'sh', fileURLToPath(packagingUrl('install.sh'))]);
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
  await write('/etc/token-vending/host.env', variables.join(''));
  await succeed(['systemctl', 'daemon-reload']);
  await succeed(['systemctl', 'start', UNIT]);
}
