/**
 * A worker VM with containers, made of network namespaces, veth pairs and cgroups on this machine.
 *
 *   google (169.254.169.254, fd20:ce::254) ── VM ── bridge ── containers
 *
 * The metadata server at the real address is the stage's; so are the functions, which are on loopback in the VM as they
 * are here. Nothing is ever sent to this machine's own 169.254.169.254: whoever asks for it is in a namespace of these.
 */

import { spawn, execFileSync, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadLibc } from '../../../refresher/host/kernel/libc.ts';
import { tether } from '../../support/processes/tether.ts';
import {
  HOST_BUNDLE,
  runRefresher,
  startRefresher,
  type Ended,
  type RefresherProcess,
} from '../refresher-process.ts';

export const METADATA = '169.254.169.254';
export const METADATA_V6 = '[fd20:ce::254]';
/** Where Google's other servers are. */
export const GOOGLE = '10.99.0.2';
export const TOKEN_PATH = '/computeMetadata/v1/instance/service-accounts/default/token';

/** What a VM is among, all of it on loopback here, by port. */
export interface Surroundings {
  readonly metadataPort: number;
  /** The functions are on loopback in the VM, too. */
  readonly functionPorts: readonly number[];
  /** Other servers are at GOOGLE, under the same ports. */
  readonly googlePorts?: readonly number[];
  /** Of the daemon. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Asked {
  /** 0: nobody answered. */
  readonly status: number;
  readonly body: string;
}

export interface AskOptions {
  readonly host?: string;
  readonly path?: string;
  readonly headers?: readonly string[];
  /** Further words for curl. */
  readonly curl?: readonly string[];
}

export interface Container {
  readonly pid: number;
  readonly address: string;
  /** In brackets, as in a URL. */
  readonly addressV6: string;
  /** Where its network namespace has a name. */
  readonly netns: string;
  readonly ask: (options?: AskOptions) => Promise<Asked>;
  readonly run: (words: readonly string[]) => Promise<{ readonly code: number | null; readonly out: string }>;
  readonly spawn: (words: readonly string[]) => ChildProcess;
  readonly words: (words: readonly string[]) => readonly string[];
  readonly stop: () => Promise<void>;
}

export interface HostVm {
  /** A process that does nothing, in the VM's own network. */
  readonly pid: number;
  readonly folder: string;
  readonly control: string;
  readonly state: string;
  /** Without the mount point: as nft names it. */
  readonly cgroup: (name: string) => string;
  readonly startHost: (...args: readonly string[]) => Promise<RefresherProcess>;
  /** By a program that changes where it runs. */
  readonly startHostBy: (program: readonly string[], ...args: readonly string[]) => Promise<RefresherProcess>;
  /** The same, for a daemon that ends by itself. */
  readonly runHost: (...args: readonly string[]) => Promise<Ended>;
  /** Outside any cgroup of its own; with `as-nobody`, by somebody else than root. */
  readonly runHostAnywhere: (...args: readonly string[]) => Promise<Ended>;
  /** `host --check`. */
  readonly check: () => Promise<Ended>;
  readonly task: (...args: readonly string[]) => Promise<Ended>;
  readonly container: () => Promise<Container>;
  /** Asks from the VM's own network, in a cgroup. */
  readonly askFrom: (cgroup: string, options?: AskOptions) => Promise<Asked>;
  readonly words: (cgroup: string | undefined, words: readonly string[]) => readonly string[];
  readonly run: (words: readonly string[], input?: string) => string;
  /** The words of a command on the other side, where the metadata server is. */
  readonly wordsAtGoogle: (words: readonly string[]) => readonly string[];
  readonly close: () => Promise<void>;
}

/** What a machine has to have; absent, nothing of this is tested on it. With CI=true nothing is skipped. */
const MISSING = [
  process.getuid?.() === 0 ? [] : ['root'],
  ...['nft', 'ip', 'curl', 'nsenter', 'unshare', 'setpriv', 'ss', 'python3'].map((tool) =>
    spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0 ? [] : [tool],
  ),
].flat();
export const IS_SKIPPED = MISSING.length > 0 && process.env['CI'] !== 'true';
export const NEEDS = MISSING.length > 0 ? ` (needs ${MISSING.join(', ')})` : '';

const libc = await loadLibc();
let machines = 0;

export async function createHostVm(stage: Surroundings): Promise<HostVm> {
  machines += 1;
  const name = `tv${process.pid}x${machines}`;
  const folder = mkdtempSync(join(tmpdir(), 'host-'));
  const control = join(folder, 'control.sock');
  const state = join(folder, 'tasks.json');
  const holders: ChildProcess[] = [];
  const listening: Server[] = [];
  const running: RefresherProcess[] = [];
  const cgroups = new Set<string>();
  let containers = 0;

  const vm = await holder(['--mount', '--propagation', 'private'], holders);
  const inVm = ['nsenter', `--net=/proc/${vm}/ns/net`, `--mount=/proc/${vm}/ns/mnt`, '--'];
  const run = (words: readonly string[], input = '') => runNow([...inVm, ...words], input);
  // tests on a machine that has cgroup v1 there
  run(['mount', '-t', 'cgroup2', 'none', '/sys/fs/cgroup']);
  run([
    'sh',
    '-c',
    'mount -o remount,rw /proc/sys 2>/dev/null; echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding',
  ]);
  const google = await holder([], holders);
  run(['ip', 'link', 'add', 'g0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(google)]);
  run(
    ['ip', '-batch', '-'],
    `link set lo up
addr add 10.99.0.1/24 dev g0
addr add fd99::1/64 dev g0 nodad
link set g0 up
route add default via 10.99.0.2
`,
  );
  runNow(
    inNet(google, ['ip', '-batch', '-']),
    `link set lo up
addr add 10.99.0.2/24 dev eth0
addr add 169.254.169.254/32 dev eth0
addr add fd99::2/64 dev eth0 nodad
addr add fd20:ce::254/128 dev eth0 nodad
link set eth0 up
route add default via 10.99.0.1
`,
  );
  run(['ip', '-6', 'route', 'add', 'default', 'via', 'fd99::2']);
  runNow(inNet(google, ['ip', '-6', 'route', 'add', 'default', 'via', 'fd99::1']), '');
  run(
    ['ip', '-batch', '-'],
    'link add br0 type bridge\naddr add 10.98.0.1/16 dev br0\naddr add fd98::1/64 dev br0 nodad\nlink set br0 up\n',
  );
  run(
    ['nft', '-f', '-'],
    'table inet nat { chain out { type nat hook postrouting priority 100; oifname "g0" masquerade; }\n }\n',
  );

  await forward(google, [METADATA, 'fd20:ce::254'], 80, stage.metadataPort);
  for (const port of stage.functionPorts) await forward(vm, ['127.0.0.1'], port, port);
  for (const port of stage.googlePorts ?? []) await forward(google, [GOOGLE], port, port);

  async function forward(pid: number, hosts: readonly string[], port: number, to: number): Promise<void> {
    const namespace = openSync(`/proc/${pid}/ns/net`, 'r');
    const opened = libc.within(namespace, () => hosts.map((host) => libc.listen(host, port)));
    closeSync(namespace);
    for (const fd of opened) {
      const server = createServer((socket) => {
        const onward = connect(to, '127.0.0.1');
        socket.pipe(onward).pipe(socket);
        socket.on('error', () => onward.destroy());
        onward.on('error', () => socket.destroy());
      });
      listening.push(server);
      server.listen({ fd });
      await once(server, 'listening');
    }
  }

  function cgroup(which: string): string {
    const path = `${name}/${which}`;
    for (const one of [name, path]) {
      if (cgroups.has(one)) continue;
      runInRootCgroup(['mkdir', '-p', `/sys/fs/cgroup/${one}`]);
      cgroups.add(one);
    }
    return path;
  }
  const runInRootCgroup = (words: readonly string[]) => run(words);

  const words = (which: string | undefined, command: readonly string[]) =>
    which === undefined
      ? [...inVm, ...command]
      : [...inVm, 'sh', '-c', 'echo $$ > "/sys/fs/cgroup/$0/cgroup.procs" && exec "$@"', which, ...command];

  const hostArguments = (args: readonly string[]) => [
    'host',
    '--control',
    control,
    '--state',
    state,
    ...args,
  ];
  async function container(): Promise<Container> {
    containers += 1;
    const number = containers;
    const own: ChildProcess[] = [];
    const pid = await holder([], own);
    holders.push(...own);
    const address = `10.98.${Math.floor(number / 200)}.${(number % 200) + 10}`;
    const addressV6 = `fd98::${(number + 16).toString(16)}`;
    const link = `c${number}`;
    run(['ip', 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid)]);
    run(['ip', 'link', 'set', link, 'master', 'br0', 'up']);
    const inside = (command: readonly string[]) => inNet(pid, command);
    runNow(
      inside(['ip', '-batch', '-']),
      `link set lo up
addr add ${address}/16 dev eth0
addr add ${addressV6}/64 dev eth0 nodad
link set eth0 up
route add default via 10.98.0.1
`,
    );
    runNow(inside(['ip', '-6', 'route', 'add', 'default', 'via', 'fd98::1']), '');
    return {
      pid,
      address,
      addressV6: `[${addressV6}]`,
      netns: `/proc/${pid}/ns/net`,
      ask: (options) => ask(inside([]), options),
      run: (command) => runToEnd(inside(command)),
      words: inside,
      spawn: (command) => spawnTethered(inside(command)),
      async stop() {
        await Promise.all(own.map(end));
      },
    };
  }

  async function startHostBy(
    program: readonly string[],
    ...args: readonly string[]
  ): Promise<RefresherProcess> {
    const host = await startRefresher({
      args: hostArguments(args),
      env: stage.env,
      program: words(cgroup('daemon'), [...program, process.execPath, HOST_BUNDLE]),
    });
    running.push(host);
    await host.address();
    return host;
  }

  return {
    pid: vm,
    folder,
    control,
    state,
    cgroup,
    words,
    run,
    wordsAtGoogle: (command) => inNet(google, command),
    container,
    startHost: (...args) => startHostBy([], ...args),
    startHostBy,
    runHost: (...args) =>
      runRefresher({
        args: hostArguments(args),
        env: stage.env,
        program: words(cgroup('daemon'), [process.execPath, HOST_BUNDLE]),
      }),
    runHostAnywhere(...args) {
      const isNobody = args.includes('as-nobody');
      const user = isNobody ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
      return runRefresher({
        args: hostArguments(args.filter((one) => one !== 'as-nobody')),
        env: stage.env,
        program: words(undefined, [...user, process.execPath, HOST_BUNDLE]),
      });
    },
    check: () => runHost('host', '--check', '--control', control),
    task: (...args) => runHost('task', ...args, '--control', control),
    askFrom: (which, options) => ask(words(which, []), options),
    async close() {
      await Promise.all(running.map((one) => one.stop()));
      for (const server of listening) server.close();
      await Promise.all(holders.map(end));
      rmSync(folder, { recursive: true, force: true });
      removeCgroups(name, cgroups);
    },
  };
}

/** A process in new namespaces, which does nothing but hold them. */
async function holder(flags: readonly string[], into: ChildProcess[]): Promise<number> {
  const child = spawn('unshare', ['--net', ...flags, 'sh', '-c', 'echo up; read -r _'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  tether(child);
  into.push(child);
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const inNet = (pid: number, words: readonly string[]) => [
  'nsenter',
  `--net=/proc/${pid}/ns/net`,
  '--',
  ...words,
];

function runNow([command = '', ...words]: readonly string[], input: string): string {
  return execFileSync(command, words, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
}

export function spawnTethered([command = '', ...words]: readonly string[]): ChildProcess {
  const child = spawn(command, words, { stdio: ['pipe', 'pipe', 'pipe'] });
  tether(child);
  return child;
}

export async function runToEnd(
  words: readonly string[],
): Promise<{ readonly code: number | null; readonly out: string }> {
  const child = spawnTethered(words);
  child.stdin?.end();
  let out = '';
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out };
}

/** By curl, so that nothing on the way mends what it is told; the prefix says from where. */
export async function ask(
  prefix: readonly string[],
  { host = METADATA, path = TOKEN_PATH, headers = ['Metadata-Flavor: Google'], curl = [] }: AskOptions = {},
): Promise<Asked> {
  const flags = headers.flatMap((header) => ['-H', header]);
  const url = `http://${host}${path}`;
  const { out } = await runToEnd([
    ...prefix,
    'curl',
    '-sg',
    '-m3',
    '--noproxy',
    '*',
    '-w',
    '\n%{http_code}',
    ...flags,
    ...curl,
    url,
  ]);
  const at = out.lastIndexOf('\n');
  return { status: Number(out.slice(at + 1)), body: out.slice(0, Math.max(at, 0)) };
}

function removeCgroups(name: string, cgroups: ReadonlySet<string>): void {
  const root = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((one) => {
    try {
      readFileSync(`${one}/${name}/cgroup.procs`);
      return true;
    } catch {
      return false;
    }
  });
  if (root === undefined) return;
  for (const path of [...cgroups].toSorted((one, other) => other.length - one.length)) {
    for (let attempt = 0; attempt < 50; attempt += 1) {
      try {
        rmdirSync(join(root, path));
        break;
      } catch {
        spawnSync('sleep', ['0.02']);
      }
    }
  }
}

function runHost(...args: string[]) {
  return runRefresher({ args, program: [process.execPath, HOST_BUNDLE] });
}
