/**
 * A task of an earlier run of the daemon is taken up again, if it still is the same.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { loggableCauses } from '../../../shared/loggable.ts';
import type { Log } from '../../log.ts';
import { TaskError } from '../task-error.ts';
import type { StoredTask } from './stored-task.ts';

/** What the daemon before was doing when it was killed may still be in the way. */
const RESTORE_ATTEMPTS = 10;
const RESTORE_PAUSE_MS = 100;

interface Options {
  /** Resolves to what went wrong. */
  readonly takeUp: (stored: StoredTask) => Promise<unknown>;
  readonly log: Log;
}

/** Never rejects: whatever cannot be taken up is left out, and the log says so. */
export async function takeUpAgain(stored: StoredTask, { takeUp, log }: Options): Promise<void> {
  const { id } = stored.request;
  for (let attempt = 1; ; attempt += 1) {
    const error = await takeUp(stored);
    if (error === undefined) return;
    const causes = loggableCauses(error);
    if (error instanceof TaskError && error.code === 'not_found') {
      log('WARNING', 'A task is not there any more, and is not taken up again.', { id, causes });
      return;
    }
    if (attempt === RESTORE_ATTEMPTS) {
      log('ERROR', 'A task cannot be taken up again: register it anew.', { id, causes });
      return;
    }
    await pause(RESTORE_PAUSE_MS);
  }
}
