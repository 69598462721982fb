/**
 * One VM as the controller sees it: tasks go there, reports come back, and the grants follow both.
 *
 * The grant is there before the worker hears of the task, and goes when the worker has reported its end. Whoever crashes
 * in between, the next worker says first which tasks there are, and then no others have grants.
 */

import type { Assignments } from './assignments.ts';
import type { Report, Task } from './messages.ts';

export interface AssignedVm {
  /** Resolves when the worker has been told. */
  readonly submit: (task: Task) => Promise<void>;
  readonly receive: (report: Report) => Promise<void>;
  /** The worker has gone; there will be another one. */
  readonly lose: () => void;
  /** How many tasks are there. */
  readonly count: () => number;
}

interface Options {
  readonly assignments: Assignments;
  readonly tell: (task: Task) => void;
  /** What people are told. */
  readonly say: (report: Report) => void;
}

export function createAssignedVm({ assignments, tell, say }: Options): AssignedVm {
  const tasks = new Set<string>();
  let ready = Promise.withResolvers<void>();

  async function finish(report: Exclude<Report, { state: 'ready' }>): Promise<void> {
    tasks.delete(report.id);
    await assignments.release(report.id);
    say(report);
  }

  return {
    async submit(task) {
      await ready.promise;
      const { id } = task;
      if (tasks.has(id)) return say({ state: 'failed', id, why: 'there is a task of that id already' });
      tasks.add(id);
      try {
        await assignments.assign(task);
        tell(task);
      } catch (error) {
        await finish({ state: 'failed', id, why: because(error) });
      }
    },

    async receive(report) {
      switch (report.state) {
        case 'ready': {
          const lost = [...tasks].filter((id) => !report.tasks.some((task) => task.id === id));
          tasks.clear();
          for (const { id } of report.tasks) tasks.add(id);
          await assignments.reconcile(report.tasks);
          say(report);
          for (const id of lost) say({ state: 'failed', id, why: 'it is gone with the worker' });
          return ready.resolve();
        }
        case 'running':
          return say(report);
        case 'ended':
        case 'failed':
          return finish(report);
      }
    },

    lose() {
      ready = Promise.withResolvers();
    },
    count: () => tasks.size,
  };
}

function because(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
