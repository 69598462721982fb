/**
 * Where the grants are stored, by the variables that the functions have for it. Pure.
 */

import { EXIT_CODES } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { valueOf, type Invocation, type Options } from '../command-line/command.ts';

export interface DatabaseAddress {
  readonly projectId: string;
  readonly databaseId: string;
}

export const DATABASE_OPTIONS = {
  project: { value: 'ID', variable: 'GOOGLE_CLOUD_PROJECT', help: 'the project of the Firestore database' },
  database: {
    value: 'ID',
    variable: 'TOKEN_VENDING_DATABASE',
    help: 'the id of the Firestore database (default: (default))',
  },
} as const satisfies Options;

const DEFAULT_DATABASE = '(default)';

/** Throws a `Failure`. */
export function databaseAddress(invocation: Invocation): DatabaseAddress {
  const projectId = valueOf(invocation, 'project');
  const databaseId = valueOf(invocation, 'database') ?? DEFAULT_DATABASE;
  if (projectId === undefined) {
    throw new Failure(
      EXIT_CODES.badConfiguration,
      'the project is missing: give --project ID or set GOOGLE_CLOUD_PROJECT',
    );
  }
  if (databaseId !== DEFAULT_DATABASE && !/^[a-z][a-z0-9-]{2,61}[a-z0-9]$/.test(databaseId)) {
    throw new Failure(
      EXIT_CODES.badConfiguration,
      '--database (or TOKEN_VENDING_DATABASE) has to be the id of a Firestore database',
    );
  }
  return { projectId, databaseId };
}
