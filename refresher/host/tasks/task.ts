/**
 * One task, from its registration to its end: its place, its accounts and its server, which come and go together.
 */

import { firstTokens } from '../../commands/first-tokens.ts';
import { EXIT_CODES } from '../../exit-codes.ts';
import { Failure } from '../../failure.ts';
import type { AccessTokenReading, Account } from '../../tokens/account.ts';
import type { Place } from '../attribution/place.ts';
import { TaskError } from '../task-error.ts';
import { gatedAccount } from './gated-account.ts';
import type { Lease } from './shared-accounts.ts';
import type { TaskRequest } from './task-request.ts';
import type { Server } from 'node:http';

export interface Task {
  readonly request: TaskRequest;
  readonly place: Place;
  readonly since: string;
  readonly isServing: () => boolean;
  /** Opens its place and waits for the first token of each target. Throws a `TaskError`. */
  readonly prepare: (waitSeconds: number) => Promise<void>;
  /** Opens its place alone: the tokens will come. */
  readonly resume: () => Promise<void>;
  /** From now on it gets tokens. */
  readonly serve: () => void;
  /** It gets none any more from this very moment on; resolves when nothing of it is left. Never rejects. */
  readonly end: (why: TaskError) => Promise<void>;
  /** Per target, what its clients would be told. */
  readonly readings: () => readonly { readonly target: string; readonly reading: string }[];
}

interface Options {
  readonly request: TaskRequest;
  readonly place: Place;
  readonly since: string;
  readonly leases: readonly Lease[];
  readonly createServer: (accounts: readonly Account[]) => Server;
  /** Why no task gets tokens just now. */
  readonly trouble: () => string | undefined;
}

const PREPARING: AccessTokenReading = {
  kind: 'unavailable',
  sentence: 'This task is being registered.',
  retryAfterSeconds: 1,
};
const ENDED: AccessTokenReading = { kind: 'refused', sentence: 'This task has been removed.' };
/** Rules are looked at every few seconds. */
const TROUBLE_SECONDS = 5;

export function createTask(options: Options): Task {
  const { request, place, since, leases, createServer, trouble } = options;
  const ending = new AbortController();
  let phase: 'preparing' | 'serving' | 'ended' = 'preparing';
  let opening: Promise<void> = Promise.resolve();
  let ended: Promise<void> | undefined;

  function closed(): AccessTokenReading | undefined {
    if (phase === 'ended') return ENDED;
    if (phase === 'preparing') return PREPARING;
    const sentence = trouble();
    return sentence === undefined
      ? undefined
      : { kind: 'unavailable', sentence, retryAfterSeconds: TROUBLE_SECONDS };
  }

  const accounts = leases.map(({ account }) => gatedAccount(account, closed));
  const server = createServer(accounts);

  function open(): Promise<void> {
    opening = place.open(server);
    return opening;
  }

  async function tokens(waitSeconds: number): Promise<void> {
    const kept = leases.map(({ account }) => account);
    await firstTokens(kept, waitSeconds, { signal: ending.signal });
  }

  async function takeDown(): Promise<void> {
    server.closeAllConnections();
    // what is still being opened is closed when it is open
    await opening.catch(() => undefined);
    server.close();
    server.closeAllConnections();
    await place.close();
    for (const lease of leases) lease.end();
  }

  return {
    request,
    place,
    since,
    isServing: () => phase === 'serving',

    async prepare(waitSeconds) {
      const work = [open(), tokens(waitSeconds)];
      try {
        await Promise.all(work);
      } catch (error) {
        // the first that fails says why
        throw taskErrorOf(error);
      }
      ending.signal.throwIfAborted();
      if (!place.isThere()) throw new TaskError('not_found', 'what was to be the task has gone meanwhile');
    },

    resume: open,

    serve() {
      if (phase === 'preparing') phase = 'serving';
    },

    end(why) {
      phase = 'ended';
      ending.abort(why);
      ended ??= takeDown();
      return ended;
    },

    readings: () =>
      accounts.map((account) => ({
        target: account.target.member,
        reading: account.currentAccessToken()?.kind ?? 'unavailable',
      })),
  };
}

function taskErrorOf(error: unknown): TaskError {
  if (error instanceof TaskError) return error;
  if (error instanceof Failure) {
    const code = error.exitCode === EXIT_CODES.refused ? 'refused' : 'unavailable';
    return new TaskError(code, error.message);
  }
  return new TaskError('failed', 'the task could not be prepared', { cause: error });
}
