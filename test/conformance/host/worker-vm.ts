/**
 * A worker VM with the functions behind it, its own metadata server at the real address, and four tasks: in networks of
 * their own and in that of the host, each time a service account and a Workspace user.
 */

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AUDIENCES } from '../../support/world/world.ts';
import { createHostVm, METADATA, spawnTethered, type Asked, type HostVm } from '../../refresher/host/vm.ts';
import { startRecorder } from '../harness/recorder.ts';
import { IDENTITIES, type Identity } from '../harness/row.ts';
import { startConformanceWorld } from '../harness/world.ts';
import { insideTask, NETWORKS, type TaskNetwork } from './inside-task.ts';
import { startTaskApis, type TaskApis } from './task-apis.ts';
import { createTask, type Task } from './task.ts';
import { setWitness, type Witness } from './witness.ts';

const DNS_SERVER = fileURLToPath(new URL('dns-server.ts', import.meta.url));

export interface WorkerVm {
  readonly tasks: Readonly<Record<TaskNetwork, readonly Task[]>>;
  /** Starts the daemon and registers the tasks: before that, each of them is the VM itself. */
  readonly startDaemon: () => Promise<void>;
  /** IAM member whose token an answer holds; `undefined`: it holds none. */
  readonly principalOf: (asked: Asked) => string | undefined;
  /** IAM member of the VM's own service account. */
  readonly vmMember: string;
  /** Of the VM's identity tokens that the daemon needs: the functions' own, and their addresses for who invokes them. */
  readonly audiences: readonly string[];
  /** `GET /computeMetadata/v1/… 200`: what the VM's own metadata server was asked since the last call. */
  readonly takeMetadataRequests: () => readonly string[];
  readonly witness: Witness;
  /** Where in a network the listener of a task could be: hosts of URLs. */
  readonly listeners: (network: TaskNetwork) => readonly string[];
  readonly close: () => Promise<void>;
}

export async function openWorkerVm(): Promise<WorkerVm> {
  const folder = await mkdtemp(join(tmpdir(), 'tasks-'));
  const world = await startConformanceWorld();
  const metadata = await startRecorder(world.metadata.host);
  const functionPorts = Object.values(world.functions).map(({ port }) => port);
  const apis: Readonly<Record<TaskNetwork, Readonly<Record<Identity, TaskApis>>>> = {
    bridge: await apisOfBoth(),
    host: await apisOfBoth(),
  };
  const allApis = NETWORKS.flatMap((network) => IDENTITIES.map((identity) => apis[network][identity]));
  const vm = await createHostVm({
    metadataPort: Number(metadata.host.split(':')[1]),
    functionPorts,
    googlePorts: allApis.map(({ port }) => port),
    env: {},
  });
  const dns = spawnTethered(vm.wordsAtGoogle([process.execPath, DNS_SERVER, METADATA]));
  await once(dns.stdout ?? dns, 'data');
  const bridged: string[] = [];
  const tasks = {
    bridge: [await bridgeTask('service account'), await bridgeTask('user')],
    host: [hostTask('service account'), hostTask('user')],
  };

  return {
    tasks,
    vmMember: world.vmMember,
    audiences: [...Object.values(AUDIENCES), ...Object.values(world.functions).map(({ url }) => url)],
    witness: setWitness(vm),
    takeMetadataRequests: metadata.take,

    async startDaemon() {
      await vm.startHost('--conceal', ...world.refresherArguments);
      for (const { id, member, claim } of [...tasks.bridge, ...tasks.host]) {
        const { code, stderr } = await vm.task('add', id, '--target', member, ...claim);
        if (code !== 0) throw new Error(`${id} is not registered: ${stderr}`);
      }
    },

    principalOf({ status, body }) {
      if (status !== 200) return undefined;
      return world.google.whoIs((JSON.parse(body) as { access_token: string }).access_token)?.principal;
    },

    listeners: (network) => (network === 'bridge' ? bridged : loopbackListeners(vm, functionPorts)),

    async close() {
      dns.kill('SIGKILL');
      await vm.close();
      await Promise.all(allApis.map((one) => one.close()));
      await metadata.close();
      await world.close();
      await rm(folder, { recursive: true, force: true });
    },
  };

  async function apisOfBoth(): Promise<Record<Identity, TaskApis>> {
    const both = await Promise.all(IDENTITIES.map(() => startTaskApis(world.google)));
    return Object.fromEntries(IDENTITIES.map((identity, at) => [identity, both[at]])) as Record<
      Identity,
      TaskApis
    >;
  }

  async function bridgeTask(identity: Identity): Promise<Task> {
    const { pid, netns, address, addressV6, ask } = await vm.container();
    bridged.push(address, addressV6);
    const cgroup = vm.cgroup(`container-${pid}`);
    return createTask({
      id: `bridge-${pid}`,
      identity,
      claim: ['--netns', netns],
      ask,
      words: [...vm.words(cgroup, ['nsenter', `--net=${netns}`, '--']), ...insideTask('bridge')],
      apis: apis.bridge[identity],
      world,
      folder,
    });
  }

  function hostTask(identity: Identity): Task {
    const id = `host-${identity.replace(' ', '-')}`;
    const cgroup = vm.cgroup(id);
    return createTask({
      id,
      identity,
      claim: ['--cgroup', cgroup],
      ask: (options) => vm.askFrom(cgroup, options),
      words: vm.words(cgroup, insideTask('host')),
      apis: apis.host[identity],
      world,
      folder,
    });
  }
}

/** On loopback of the VM, whatever is no function. */
function loopbackListeners(vm: HostVm, functionPorts: readonly number[]): readonly string[] {
  const lines = vm.run(['ss', '-Htln', 'src', '127.0.0.1']).split('\n');
  const ports = lines.flatMap((line) => /127\.0\.0\.1:(\d+) /.exec(line)?.[1] ?? []);
  const theirs = ports.filter((port) => !functionPorts.includes(Number(port)));
  return theirs.flatMap((port) => [`127.0.0.1:${port}`, `[::1]:${port}`]);
}
