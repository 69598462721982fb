/**
 * What the database answered other than what was asked for, in words that say what to do. Pure.
 */

import { errorCode } from '../../shared/unknown.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { DatabaseAddress } from './database-address.ts';
import { Overtaken } from './grants-database.ts';

/** gRPC: not found, already there, precondition failed, aborted. */
const OVERTAKEN_CODES: readonly unknown[] = [5, 6, 9, 10];
/** gRPC: permission denied, unauthenticated. */
const DENIED_CODES: readonly unknown[] = [7, 16];
/** gRPC: a document or a commit that Firestore takes in no state of the database. */
const INVALID_ARGUMENT = 3;
/** gRPC: not found; for a read, where a document that is absent is no error, the database. */
const NOT_FOUND = 5;

export interface DatabaseFailures {
  /** For people: which database of which project. */
  readonly name: string;
  readonly of: (cause: unknown) => Error;
  readonly unavailable: (cause?: unknown) => Failure;
}

export function databaseFailures({ projectId, databaseId }: DatabaseAddress): DatabaseFailures {
  const name = `database ${databaseId} of project ${projectId}`;

  function unavailable(cause?: unknown): Failure {
    const message = `${name} cannot be reached; nothing is known to have changed since: check the network, and FIRESTORE_EMULATOR_HOST where that is set, and try again`;
    return new Failure(EXIT_CODES.unavailable, message, { cause });
  }

  function failureOf(cause: unknown): Error {
    if (cause instanceof Failure || cause instanceof Overtaken) return cause;
    const code = errorCode(cause);
    if (DENIED_CODES.includes(code)) {
      const message = `${name} refuses: whoever you are logged in as needs roles/datastore.user on it (gcloud auth application-default login changes who you are)`;
      return new Failure(EXIT_CODES.notAllowed, message, { cause });
    }
    if (code === INVALID_ARGUMENT) {
      const message = `${name} does not take what is written: a document may hold 1 MiB, so give a fleet of that many grants documents of its instances`;
      return new Failure(EXIT_CODES.badFile, message, { cause });
    }
    if (code === NOT_FOUND) {
      const message = `${name} does not exist: gcloud firestore databases list --project=${projectId} shows those that do`;
      return new Failure(EXIT_CODES.badConfiguration, message, { cause });
    }
    // what has no code of gRPC is no answer of the database, but a bug
    return typeof code === 'number' || !(cause instanceof Error) ? unavailable(cause) : cause;
  }

  return { name, of: failureOf, unavailable };
}

/** Of a commit, all of whose writes have preconditions. */
export function isOvertaken(cause: unknown): boolean {
  return OVERTAKEN_CODES.includes(errorCode(cause));
}
