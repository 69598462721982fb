/**
 * What controller and worker say to each other, a line of JSON each. Pure.
 *
 * The controller writes tasks, the worker reports. Where they have an RPC of their own, it takes the place of this.
 */

export type NetworkMode = 'bridge' | 'host';

export interface Task {
  /** Letters, digits, `_` and `-`: it names a cgroup, a network namespace and a registration. */
  readonly id: string;
  /** The Workspace user whom it runs for. */
  readonly user: string;
  readonly network: NetworkMode;
  readonly command: readonly string[];
}

export type Report =
  /** The worker has started; these tasks ran before, and still do. */
  | { readonly state: 'ready'; readonly tasks: readonly Pick<Task, 'id' | 'user'>[] }
  | { readonly state: 'running'; readonly id: string }
  /** Its identity has ended. The code is `null` where another worker had started it. */
  | { readonly state: 'ended'; readonly id: string; readonly exitCode: number | null }
  | { readonly state: 'failed'; readonly id: string; readonly why: string };

const ID = /^[A-Za-z\d][\w-]{0,40}$/;

/** `undefined`: it is none. */
export function parseTask(line: string): Task | undefined {
  const value = parseRecord(line);
  const { id, user, network, command } = value;
  if (typeof id !== 'string' || !ID.test(id) || typeof user !== 'string') return undefined;
  if (network !== 'bridge' && network !== 'host') return undefined;
  if (!Array.isArray(command) || command.length === 0) return undefined;
  return { id, user, network, command: command.map(String) };
}

/** `undefined`: it is none. */
export function parseReport(line: string): Report | undefined {
  const { state, id, tasks, exitCode, why } = parseRecord(line);
  if (state === 'ready' && Array.isArray(tasks)) {
    return {
      state,
      tasks: tasks.map((task: Pick<Task, 'id' | 'user'>) => ({ id: task.id, user: task.user })),
    };
  }
  if (typeof id !== 'string') return undefined;
  switch (state) {
    case 'running':
      return { state, id };
    case 'ended':
      return { state, id, exitCode: typeof exitCode === 'number' ? exitCode : null };
    case 'failed':
      return { state, id, why: String(why) };
    default:
      return undefined;
  }
}

export function parseRecord(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
