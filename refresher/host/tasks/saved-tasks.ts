/**
 * Sees to it that the state file says which tasks there are.
 */

import { loggableCauses } from '../../../shared/loggable.ts';
import type { Log } from '../../log.ts';
import { TaskError } from '../task-error.ts';
import type { StateFile } from './state-file.ts';
import type { StoredTask } from './stored-task.ts';

export interface SavedTasks {
  /** Throws a `TaskError`, after which the file is outdated. */
  readonly save: () => Promise<void>;
  /** What goes wrong is logged, and tried again the next time. */
  readonly saveIfOutdated: () => Promise<void>;
  readonly outdate: () => void;
}

interface Options {
  readonly state: StateFile;
  readonly tasks: () => readonly StoredTask[];
  readonly log: Log;
}

export function keepSaved({ state, tasks, log }: Options): SavedTasks {
  let isOutdated = false;

  async function save(): Promise<void> {
    isOutdated = false;
    try {
      await state.write(tasks());
    } catch (error) {
      isOutdated = true;
      log('ERROR', 'The state file cannot be written.', { causes: loggableCauses(error) });
      throw new TaskError('failed', 'the state file cannot be written');
    }
  }

  return {
    save,
    async saveIfOutdated() {
      if (isOutdated) await save().catch(() => undefined);
    },
    outdate() {
      isOutdated = true;
    },
  };
}
