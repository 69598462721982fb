/**
 * From paths to a plan, for the commands that compare files with the database.
 */

import { stat } from 'node:fs/promises';
import { isGiven, type Context, type Invocation, type Options } from '../command-line/command.ts';
import type { DatabaseAddress } from '../database/database-address.ts';
import type { GrantsDatabase, StoredDocumentText } from '../database/grants-database.ts';
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
  { now, progress, readPrincipals }: Context,
): Promise<Plan> {
  const [first = ''] = invocation.words;
  progress('reading files and documents');
  const commit = await commitOf(first, await isFolder(first));
  const latest = (await database.latest())?.version;
  const [{ entries }, documents] = await Promise.all([
    readGrantsFiles(invocation.words, readPrincipals),
    collect(database.principals(), (count) => progress(`${count} documents read`)),
  ]);
  return makePlan(
    { documents: entries, commit },
    { address, latest, documents },
    {
      withInstances: isGiven(invocation, 'instances'),
      now: now(),
    },
  );
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

async function collect(
  documents: AsyncIterable<StoredDocumentText>,
  onRead: (count: number) => void,
): Promise<readonly StoredDocumentText[]> {
  const collected: StoredDocumentText[] = [];
  for await (const document of documents) {
    collected.push(document);
    if (collected.length % 500 === 0) onRead(collected.length);
  }
  return collected;
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
