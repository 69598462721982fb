/**
 * From paths to a plan, for the commands that compare files with the database.
 */

import { stat } from 'node:fs/promises';
import { isGiven, type Context, type Invocation, type Options } from '../command-line/command.ts';
import type { DatabaseAddress } from '../database/database-address.ts';
import type { GrantsDatabase } from '../database/grants-database.ts';
import { commitOf } from '../files/commit-of.ts';
import { readGrantsFiles } from '../files/read-grants-files.ts';
import type { Plan } from '../plan/change.ts';
import { makePlan } from '../plan/make-plan.ts';

export const PATHS = { meaning: 'PATH…', least: 1, most: 100 } as const;

export const INSTANCES_OPTION = {
  instances: {
    value: '',
    help: 'delete documents of instances, too, that no file names; else they are left alone',
  },
} as const satisfies Options;

export async function planFiles(
  invocation: Invocation,
  address: DatabaseAddress,
  database: GrantsDatabase,
  { now, progress }: Context,
): Promise<Plan> {
  const [first = ''] = invocation.words;
  progress('reading files');
  const { entries } = await readGrantsFiles(invocation.words);
  const commit = await commitOf(first, (await stat(first)).isDirectory());
  const latest = (await database.latest())?.version;
  const stored = { address, latest, documents: database.principals() };
  return makePlan({ documents: entries, commit }, stored, {
    withInstances: isGiven(invocation, 'instances'),
    now: now(),
    onRead: (count) => progress(`${count} documents read`),
  });
}

/** Opens the database, and closes it however the work ends. */
export async function withDatabase<T>(
  address: DatabaseAddress,
  { openDatabase }: Context,
  work: (database: GrantsDatabase) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(address);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
