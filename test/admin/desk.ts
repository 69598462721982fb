/**
 * The operator's desk in this process: commands by their words, against the real emulator, with files in a folder of their
 * own. What a person at the terminal would answer is given beforehand.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { Context } from '../../admin/command-line/command.ts';
import { COMMANDS } from '../../admin/commands.ts';
import type { GrantsDatabase } from '../../admin/database/grants-database.ts';
import { openFirestoreDatabase } from '../../admin/database/firestore-database.ts';
import type { Surroundings } from '../../admin/doctor/surroundings.ts';
import type { Google } from '../../admin/google/google.ts';
import { readHere } from '../../admin/files/principals-worker.ts';
import { NO_COLOURS } from '../../admin/output/colours.ts';
import { run } from '../../admin/run.ts';

export interface Said {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
  readonly json: () => unknown;
}

export interface DeskOptions {
  readonly projectId: string;
  readonly operator?: string;
  readonly answer?: string;
  readonly now?: Date;
  readonly surroundings?: Partial<Surroundings>;
  readonly openGoogle?: () => Promise<Google>;
  /** Between a command and its database. */
  readonly around?: (database: GrantsDatabase) => GrantsDatabase;
}

export type Desk = (...words: readonly string[]) => Promise<Said>;

export function createDesk({
  projectId,
  operator = 'ann',
  answer,
  now,
  around = (one) => one,
  surroundings = {},
  openGoogle = () => Promise.reject(new Error('this test has no Google')),
}: DeskOptions): Desk {
  return async (...words) => {
    let out = '';
    let err = '';
    const context: Context = {
      print: async (text) => void (out += text),
      note: (text) => void (err += text),
      progress: () => undefined,
      colours: NO_COLOURS,
      ask: async () => answer,
      readPrincipals: readHere,
      openDatabase: async (address) => around(openFirestoreDatabase(address)),
      openGoogle,
      surroundings: {
        environment: {},
        home: '/nowhere',
        readText: async () => undefined,
        metadataHosts: [],
        ...surroundings,
      },
      operator,
      now: () => now ?? new Date(),
      unique: () => randomBytes(4).toString('hex'),
    };
    const exitCode = await run(words, { GOOGLE_CLOUD_PROJECT: projectId }, COMMANDS, context);
    return { exitCode, out, err, json: () => JSON.parse(out) as unknown };
  };
}

export interface Folder {
  readonly path: string;
  /** Returns its path. */
  readonly write: (name: string, text: string) => string;
  readonly remove: () => void;
}

export function createFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'desk-'));
  return {
    path,
    write: (name, text) => {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
