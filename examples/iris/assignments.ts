/**
 * Which users have a task on a VM, and the grants that say so.
 *
 * The document `principals/instance:PROJECT_NUMBER:INSTANCE_ID` is the controller's alone, and always says what is so
 * just now: it is written whole, so that there is nothing to merge and nothing to forget. It is written where the
 * controller runs, by an identity of its own: a VM that could write it could become anybody.
 */

import type { DocumentReference } from '@google-cloud/firestore';
import type { Task } from './messages.ts';

export interface Assignments {
  /** Resolves when the VM may become the task's user. */
  readonly assign: (task: Pick<Task, 'id' | 'user'>) => Promise<void>;
  /** Resolves when it no longer may, unless another task of the user is there. */
  readonly release: (id: string) => Promise<void>;
  /** These and no others are there. */
  readonly reconcile: (tasks: readonly Pick<Task, 'id' | 'user'>[]) => Promise<void>;
}

export interface UserGrant {
  /** The service account that signs for users. */
  readonly signer: string;
  readonly scopes: readonly string[];
}

export function createAssignments(
  document: Pick<DocumentReference, 'set' | 'delete'>,
  grant: UserGrant,
): Assignments {
  const users = new Map<string, string>();
  let work: Promise<unknown> = Promise.resolve();

  /** One after the other; each writes what is so when its turn comes. */
  function write(): Promise<void> {
    const turn = work
      .catch(() => undefined)
      .then(async () => {
        const grants = Object.fromEntries(Array.from(users.values(), (user) => [`user:${user}`, grant]));
        await (users.size > 0 ? document.set({ grants }) : document.delete());
      });
    work = turn;
    return turn;
  }

  return {
    assign({ id, user }) {
      users.set(id, user);
      return write();
    },
    release(id) {
      users.delete(id);
      return write();
    },
    reconcile(tasks) {
      users.clear();
      for (const { id, user } of tasks) users.set(id, user);
      return write();
    },
  };
}
