/**
 * Why a task is not, or not any more, what somebody asked for: the errors of the control API, a closed list.
 */

/** The status of the answer, and the exit code of `refresher task`, after sysexits.h. */
export const TASK_ERRORS = {
  /** Malformed: id, path, target, JSON. */
  invalid_request: { status: 400, exitCode: 65 },
  /** The function refused the target. */
  refused: { status: 403, exitCode: 77 },
  /** No such task, process, namespace or cgroup. */
  not_found: { status: 404, exitCode: 66 },
  /** The id is another task's; or what is to be a task is the host's, shared, or part of another task. */
  taken: { status: 409, exitCode: 73 },
  /** So many tasks are as many as there may be. */
  too_many: { status: 503, exitCode: 75 },
  /** No token in time, or the VM's own server is not concealed just now. */
  unavailable: { status: 503, exitCode: 69 },
  /** The kernel or the machine lacks what this needs. */
  unsupported: { status: 501, exitCode: 71 },
  /** The daemon itself failed; its log says how. */
  failed: { status: 500, exitCode: 70 },
} as const;

export type TaskErrorCode = keyof typeof TASK_ERRORS;

export function isTaskErrorCode(value: unknown): value is TaskErrorCode {
  return typeof value === 'string' && Object.hasOwn(TASK_ERRORS, value);
}

/** The message is for whoever asked; it must hold no secret. */
export class TaskError extends Error {
  override readonly name = 'TaskError';
  readonly code: TaskErrorCode;

  constructor(code: TaskErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
