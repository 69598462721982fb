/**
 * A worker VM with as many network namespaces and cgroups as there are to be tasks, and the daemon in it. Nothing runs
 * in a task: what is measured is the daemon.
 */

import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { loadLibc } from '../../../refresher/host/kernel/libc.ts';
import { setHostStage } from '../../refresher/host/host-stage.ts';
import { createHostVm, type HostVm } from '../../refresher/host/vm.ts';
import type { RefresherProcess } from '../../refresher/refresher-process.ts';
import { exchangeMs } from '../refresher/direct-exchange.ts';
import { residentBytes } from '../process-usage.ts';
import { createConnectWithin, type ConnectWithin } from './connect-within.ts';

export interface TasksStage {
  readonly vm: HostVm;
  /** Where each namespace is, for whoever is not in the VM. */
  readonly namespaces: readonly string[];
  /** Registers a task, and says how long that took. */
  readonly add: (claim: 'netns' | 'cgroup', index: number) => Promise<number>;
  readonly remove: (claim: 'netns' | 'cgroup', index: number) => Promise<void>;
  readonly connectWithin: ConnectWithin;
  readonly residentMiB: () => number;
  /** The exchange alone: by a client that does nothing else. */
  readonly exchangeMs: () => Promise<number>;
  /** Kills the daemon, and starts the next at once. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function setTasksStage(count: number): Promise<TasksStage> {
  const stage = await setHostStage();
  const vm = await createHostVm(stage);
  const indexes = Array.from({ length: count }, (_, index) => index);
  // names of the machine's own are not to be touched
  vm.run(['sh', '-c', 'mkdir -p /run/netns && mount -t tmpfs none /run/netns']);
  vm.run(['ip', '-batch', '-'], indexes.map((index) => `netns add n${index}\n`).join(''));
  const cgroups = indexes.map((index) => vm.cgroup(`c${index}`));
  const agent = new Agent({ keepAlive: true });
  let daemon: RefresherProcess = await vm.startHost('--conceal');

  async function call(method: string, path: string, body?: unknown): Promise<void> {
    const sent = request({ socketPath: vm.control, method, path, agent });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    const said = await text(answer);
    if ((answer.statusCode ?? 500) >= 300) throw new Error(`the daemon answered: ${said}`);
  }

  return {
    vm,
    namespaces: indexes.map((index) => `/proc/${vm.pid}/root/run/netns/n${index}`),
    async add(claim, index) {
      const where = claim === 'netns' ? { netns: `/run/netns/n${index}` } : { cgroup: cgroups[index] };
      const startedAt = performance.now();
      // each becomes somebody else: none finds a token that is there already
      const targets = [`user:${claim}-${index}@example.com`];
      await call('PUT', `/tasks/${claim}-${index}`, { targets, ...where });
      return performance.now() - startedAt;
    },
    remove: (claim, index) => call('DELETE', `/tasks/${claim}-${index}`),
    connectWithin: createConnectWithin(await loadLibc()),
    residentMiB: () => residentBytes(daemon.pid) / 2 ** 20,
    exchangeMs: () =>
      exchangeMs({
        metadataHost: `127.0.0.1:${stage.metadataPort}`,
        functionPort: stage.functionPort,
        audience: 'https://delegate.example.com/v1/token',
        target: 'user:baseline@example.com',
      }),
    async restart() {
      await daemon.stop();
      daemon = await vm.startHost('--conceal');
    },
    async close() {
      agent.destroy();
      await vm.close();
      stage.close();
    },
  };
}
