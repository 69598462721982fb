/**
 * What a container engine would make: a cgroup, in bridge mode a network namespace with a link to the bridge, and in
 * them a process without capabilities. Everything has the id of the task for its name, so that a worker that starts
 * again finds it.
 */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rmdir, stat, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { NetworkMode, Task } from './messages.ts';

export interface Container {
  /** How the daemon is to know it. */
  readonly claim: { readonly netns: string } | { readonly cgroup: string };
  /** Starts the command; `ended` resolves with its exit code, when nothing of it runs any more. */
  readonly start: (command: readonly string[]) => Promise<{ readonly ended: Promise<number | null> }>;
  /** Resolves when nothing runs in it. */
  readonly untilEmpty: () => Promise<void>;
  /** Ends what runs in it. */
  readonly destroy: () => Promise<void>;
}

export interface Containers {
  readonly create: (task: Pick<Task, 'id' | 'network'>) => Promise<Container>;
  /** One that was created before. */
  readonly find: (id: string) => Promise<Container>;
  readonly ids: () => Promise<readonly string[]>;
}

export interface Bridge {
  readonly name: string;
  /** The bridge's own address, which containers route through; theirs are of the same `/16`. */
  readonly address: string;
}

const CGROUPS = '/sys/fs/cgroup';
/** No capabilities, no way to get some: as `--cap-drop ALL --security-opt no-new-privileges --user 65534`. */
const UNPRIVILEGED =
  'setpriv --no-new-privs --bounding-set=-all --reuid=65534 --regid=65534 --clear-groups'.split(' ');
const EMPTY_PAUSE_MS = 100;

/** All of them are below one cgroup, `slice`. */
export function createContainers(slice: string, bridge: Bridge): Containers {
  const run = promisify(execFile);
  const ip = (words: string) => run('ip', words.split(' '));
  const cgroupOf = (id: string) => `${CGROUPS}/${slice}/${id}`;

  async function connect(id: string): Promise<void> {
    // a number that no other namespace has while this one is there
    const { ino } = await stat(netnsOf(id));
    const link = `v${ino}`;
    await ip(`link add ${link} master ${bridge.name} up type veth peer name eth0 netns ${id}`);
    await ip(`-netns ${id} link set lo up`);
    await ip(`-netns ${id} address add ${addressBeside(bridge.address, ino)}/16 dev eth0`);
    await ip(`-netns ${id} link set eth0 up`);
    await ip(`-netns ${id} route add default via ${bridge.address}`);
  }

  function containerOf(id: string, network: NetworkMode): Container {
    const inNetwork = network === 'bridge' ? ['ip', 'netns', 'exec', id] : [];
    const inCgroup = ['sh', '-c', 'echo $$ > "$0" && exec "$@"', `${cgroupOf(id)}/cgroup.procs`];

    async function untilEmpty(): Promise<void> {
      while (await isPopulated(cgroupOf(id))) await pause(EMPTY_PAUSE_MS);
    }

    return {
      claim: network === 'bridge' ? { netns: netnsOf(id) } : { cgroup: `${slice}/${id}` },
      untilEmpty,
      async start(command) {
        const [program = '', ...words] = [...inCgroup, ...inNetwork, ...UNPRIVILEGED, ...command];
        // it outlives the worker, as a container does
        const child = spawn(program, words, { stdio: 'ignore', detached: true });
        const ended = once(child, 'exit').then(async ([code]: (number | null)[]) => {
          await untilEmpty();
          return code ?? null;
        });
        await once(child, 'spawn');
        child.unref();
        return { ended };
      },
      async destroy() {
        await writeFile(`${cgroupOf(id)}/cgroup.kill`, '1');
        await untilEmpty();
        if (network === 'bridge') await ip(`netns delete ${id}`).catch(() => undefined);
        await rmdir(cgroupOf(id));
      },
    };
  }

  return {
    async create({ id, network }) {
      await mkdir(cgroupOf(id), { recursive: true });
      const container = containerOf(id, network);
      try {
        if (network === 'bridge') {
          await ip(`netns add ${id}`);
          await connect(id);
        }
      } catch (error) {
        await container.destroy().catch(() => undefined);
        throw error;
      }
      return container;
    },
    async find(id) {
      const isBridged = await stat(netnsOf(id)).then(
        () => true,
        () => false,
      );
      return containerOf(id, isBridged ? 'bridge' : 'host');
    },
    async ids() {
      const entries = await readdir(`${CGROUPS}/${slice}`, { withFileTypes: true }).catch(() => []);
      return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
    },
  };
}

const netnsOf = (id: string) => `/run/netns/${id}`;

/** In the upper half of the bridge's network; an engine keeps a list instead. */
function addressBeside(address: string, number: number): string {
  const [first, second] = address.split('.');
  return `${first}.${second}.${128 + (Math.floor(number / 250) % 128)}.${(number % 250) + 1}`;
}

async function isPopulated(cgroup: string): Promise<boolean> {
  const events = await readFile(`${cgroup}/cgroup.events`, 'utf8').catch(() => '');
  return events.includes('populated 1');
}
