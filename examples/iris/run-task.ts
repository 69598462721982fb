/**
 * A task on the VM, from its container to its end: registered before anything of it runs, removed after.
 */

import type { Container, Containers } from './container.ts';
import type { Daemon } from './daemon.ts';
import type { Report, Task } from './messages.ts';

export interface Worker {
  readonly daemon: Daemon;
  readonly containers: Containers;
  readonly report: (report: Report) => void;
}

export async function runTask(task: Task, worker: Worker): Promise<void> {
  const { daemon, containers, report } = worker;
  const { id } = task;
  try {
    const container = await containers.create(task);
    let exitCode: number | null = null;
    try {
      await daemon.add(id, { targets: [`user:${task.user}`], ...container.claim });
      const { ended } = await container.start(task.command);
      report({ state: 'running', id });
      exitCode = await ended;
    } finally {
      await finish(id, container, daemon);
    }
    report({ state: 'ended', id, exitCode });
  } catch (error) {
    report({ state: 'failed', id, why: error instanceof Error ? error.message : String(error) });
  }
}

/** Those of an earlier worker: what is registered goes on, what is not is taken away. */
export async function adoptTasks(worker: Worker): Promise<void> {
  const { daemon, containers, report } = worker;
  const ids = await containers.ids();
  const running = (await daemon.list()).filter(({ id }) => ids.includes(id));
  for (const id of ids.filter((one) => !running.some((task) => task.id === one))) {
    await (await containers.find(id)).destroy();
  }
  report({
    state: 'ready',
    tasks: running.map(({ id, target }) => ({ id, user: target.replace(/^user:/, '') })),
  });
  for (const { id } of running) void awaitAdopted(id, worker);
}

async function awaitAdopted(id: string, { daemon, containers, report }: Worker): Promise<void> {
  try {
    const container = await containers.find(id);
    await container.untilEmpty();
    await finish(id, container, daemon);
    report({ state: 'ended', id, exitCode: null });
  } catch (error) {
    report({ state: 'failed', id, why: error instanceof Error ? error.message : String(error) });
  }
}

/** Its identity first: nothing of it runs while its namespace or its cgroup might be anybody's. */
async function finish(id: string, container: Container, daemon: Daemon): Promise<void> {
  try {
    await daemon.remove(id);
  } finally {
    await container.destroy();
  }
}
