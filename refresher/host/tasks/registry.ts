/**
 * All tasks of this host. A task is in it as a whole, with its place, its tokens and its line in the state file, or not
 * at all.
 */

import { loggableCauses } from '../../../shared/loggable.ts';
import type { Log } from '../../log.ts';
import { overlap } from '../attribution/evidence.ts';
import type { FindPlace, FindPlaceAgain, Place } from '../attribution/place.ts';
import { TaskError } from '../task-error.ts';
import type { StateFile } from './state-file.ts';
import type { StoredTask } from './stored-task.ts';
import { fingerprint, type TaskRequest } from './task-request.ts';
import { eachInSlices } from './in-slices.ts';
import { keepSaved } from './saved-tasks.ts';
import { takeUpAgain } from './take-up-again.ts';
import type { Task } from './task.ts';

export interface Registry {
  /** Those of the state file that are still the same. */
  readonly restore: () => Promise<void>;
  /** Resolves when the task has its tokens. Throws a `TaskError`; then there is no such task. */
  readonly put: (request: TaskRequest) => Promise<{ readonly task: Task; readonly isNew: boolean }>;
  /** Its identity has ended before this returns a promise. Throws a `TaskError` where there is no such task. */
  readonly remove: (id: string) => Promise<void>;
  readonly get: (id: string) => Task | undefined;
  readonly all: () => readonly Task[];
  /** Removes the tasks whose process, namespace or cgroup has gone. */
  readonly sweep: () => Promise<void>;
  /** Takes all of them down, for the end of the daemon; the state file stays as it is. */
  readonly close: () => Promise<void>;
}

interface Options {
  readonly find: FindPlace;
  readonly findAgain: FindPlaceAgain;
  readonly createTask: (request: TaskRequest, place: Place, since: string) => Task;
  readonly state: StateFile;
  /** Why no task may be just now. */
  readonly trouble: () => string | undefined;
  readonly maxTasks: number;
  readonly waitSeconds: number;
  readonly now: () => Date;
  readonly log: Log;
}

interface Entry {
  readonly task: Task;
  /** The same one as long as it is there: it is written out once. */
  readonly stored: StoredTask;
  readonly fingerprint: string;
  ready: Promise<void>;
  /** Resolves when nothing of it is left; `undefined`: nobody has ended it. */
  dropped?: Promise<void>;
}

const REMOVED = new TaskError('not_found', 'the task was removed');
const STOPPING = new TaskError('unavailable', 'the daemon ends');
export function createRegistry(options: Options): Registry {
  const { find, findAgain, createTask, state, trouble, maxTasks, waitSeconds, now, log } = options;
  const entries = new Map<string, Entry>();

  const saved = keepSaved({
    state,
    tasks: () =>
      Array.from(entries.values())
        .filter(({ task }) => task.isServing())
        .map(({ stored }) => stored),
    log,
  });

  function refuseInTrouble(): void {
    const why = trouble();
    if (why !== undefined) throw new TaskError('unavailable', why);
  }

  function add(request: TaskRequest, place: Place, since: string): Entry {
    const entry: Entry = {
      task: createTask(request, place, since),
      stored: { request, evidence: place.evidence, since },
      fingerprint: fingerprint(request),
      ready: Promise.resolve(),
    };
    entries.set(request.id, entry);
    return entry;
  }

  function forget(entry: Entry): void {
    const { id } = entry.task.request;
    if (entries.get(id) === entry) entries.delete(id);
  }

  async function bringUp(entry: Entry): Promise<void> {
    const { task } = entry;
    try {
      await task.prepare(waitSeconds);
      refuseInTrouble();
      task.serve();
      await saved.save();
      log('INFO', 'A task was registered.', describe(task));
    } catch (error) {
      const why = error instanceof TaskError ? error : new TaskError('failed', 'the task failed to start');
      if (why.code === 'failed') log('ERROR', why.message, { causes: loggableCauses(error) });
      await task.end(why);
      forget(entry);
      throw why;
    }
  }

  function drop(entry: Entry, why: TaskError): Promise<void> {
    entry.dropped ??= takeDown(entry, why);
    return entry.dropped;
  }

  async function takeDown(entry: Entry, why: TaskError): Promise<void> {
    const ended = entry.task.end(why);
    await entry.ready.catch(() => undefined);
    await ended;
    forget(entry);
  }

  const isGone = ({ task }: Entry) => task.isServing() && !task.place.isThere();

  /** Resolves when it is no longer in anybody's way; `undefined`: it goes on. */
  const leaving = (entry: Entry) => entry.dropped ?? (isGone(entry) ? dropGone(entry) : undefined);

  async function dropGone(entry: Entry): Promise<void> {
    log('INFO', 'A task has gone, and is removed.', describe(entry.task));
    saved.outdate();
    await drop(entry, REMOVED);
  }

  async function sweep(): Promise<void> {
    await eachInSlices([...entries.values()], async (entry) => {
      if (isGone(entry)) await dropGone(entry);
    });
    await saved.saveIfOutdated();
  }

  /** Nothing can come in between what it finds and what it adds: whenever it had to wait, it looks again. */
  async function put(request: TaskRequest): Promise<{ readonly task: Task; readonly isNew: boolean }> {
    const known = entries.get(request.id);
    if (known !== undefined) {
      const left = leaving(known);
      if (left !== undefined) {
        await left;
        return put(request);
      }
      if (known.fingerprint !== fingerprint(request)) {
        throw new TaskError('taken', `there is a task ${request.id} already, and it is another one`);
      }
      await known.ready;
      return { task: known.task, isNew: false };
    }
    if (entries.size >= maxTasks) throw new TaskError('too_many', `there are ${maxTasks} tasks already`);
    refuseInTrouble();
    const place = find(request.claim);
    const other = Array.from(entries.values()).find(({ stored }) => overlap(stored.evidence, place.evidence));
    if (other !== undefined) {
      await place.close();
      const left = leaving(other);
      if (left !== undefined) {
        await left;
        return put(request);
      }
      const { id } = other.task.request;
      throw new TaskError('taken', `task ${id} is registered with the same, or with a part of it`);
    }
    const entry = add(request, place, now().toISOString());
    entry.ready = bringUp(entry);
    await entry.ready;
    return { task: entry.task, isNew: true };
  }

  /** Resolves to what went wrong. */
  async function takeUp({ request, evidence, since }: StoredTask): Promise<unknown> {
    let entry: Entry | undefined;
    try {
      entry = add(request, findAgain(evidence), since);
      await entry.task.resume();
      entry.task.serve();
      return undefined;
    } catch (error) {
      if (entry !== undefined) await drop(entry, REMOVED);
      return error;
    }
  }

  return {
    async restore() {
      const stored = await state.read();
      await Promise.all(stored.map((task) => takeUpAgain(task, { takeUp, log })));
      await saved.save();
    },

    async put(request) {
      if (entries.size >= maxTasks) await sweep();
      return put(request);
    },

    async remove(id) {
      const entry = entries.get(id);
      if (entry === undefined) throw new TaskError('not_found', `there is no task ${id}`);
      await drop(entry, REMOVED);
      log('INFO', 'A task was removed.', describe(entry.task));
      await saved.save().catch((cause: unknown) => {
        const message = 'the task has ended, but the state file cannot be written; the daemon tries again';
        throw new TaskError('failed', message, { cause });
      });
    },

    get: (id) => entries.get(id)?.task,
    all: () => Array.from(entries.values(), ({ task }) => task),
    sweep,

    async close() {
      await Promise.all(Array.from(entries.values()).map(({ task }) => task.end(STOPPING)));
    },
  };
}

function describe({ request: { id, targets }, place }: Task) {
  return { id, targets: targets.map(({ member }) => member), by: place.evidence.kind };
}
