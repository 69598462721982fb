/**
 * The two places where grants can be stored, behind one face: a file for `TOKEN_VENDING_GRANTS_FILE`, and the Firestore
 * emulator. A suite that is run against both proves that the functions cannot tell them apart.
 */

import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createDocumentWriter, type DocumentData } from '../firestore/documents.ts';
import type { FirestoreEmulator } from '../firestore/emulator.ts';

export interface GrantDocumentsAtRest {
  /** Points a function at this place. */
  readonly environment: Readonly<Record<string, string>>;
  readonly set: (path: string, data: DocumentData) => Promise<void>;
  readonly delete: (path: string) => Promise<void>;
  /** Resolves when an exchange that starts now has to see every change made so far. */
  readonly settled: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** What is promised for the grants file: a change holds for exchanges that start so long after it. */
const FILE_SETTLES_AFTER_MS = 1_000;

export async function createGrantsFile(
  documents: Readonly<Record<string, DocumentData>> = {},
): Promise<GrantDocumentsAtRest & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'grants-'));
  const path = join(folder, 'grants.json');
  const stored = new Map(Object.entries(documents));

  async function write(): Promise<void> {
    const collections: Record<string, Record<string, DocumentData>> = { principals: {}, controls: {} };
    for (const [name, data] of stored) {
      const [collection = '', id = ''] = name.split('/');
      Object.assign((collections[collection] ??= {}), { [id]: data });
    }
    // dates become RFC 3339 strings; a rename, so that no reader sees half a file
    await writeFile(`${path}.new`, JSON.stringify(collections));
    await rename(`${path}.new`, path);
  }

  await write();
  return {
    path,
    environment: { TOKEN_VENDING_GRANTS_FILE: path },
    set: (name, data) => {
      stored.set(name, data);
      return write();
    },
    delete: (name) => {
      stored.delete(name);
      return write();
    },
    settled: () => wait(FILE_SETTLES_AFTER_MS),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export async function createFirestoreDocuments(
  emulator: FirestoreEmulator,
  options: { readonly projectId: string; readonly databaseId?: string; readonly clientHost?: string },
  documents: Readonly<Record<string, DocumentData>> = {},
): Promise<GrantDocumentsAtRest> {
  const { projectId, databaseId, clientHost = emulator.host } = options;
  const writer = createDocumentWriter(emulator, options);
  for (const [path, data] of Object.entries(documents)) await writer.set(path, data);
  return {
    environment: {
      GOOGLE_CLOUD_PROJECT: projectId,
      FIRESTORE_EMULATOR_HOST: clientHost,
      ...(databaseId !== undefined && { TOKEN_VENDING_DATABASE: databaseId }),
    },
    set: (path, data) => writer.set(path, data),
    delete: (path) => writer.delete(path),
    settled: () => Promise.resolve(),
    remove: () => emulator.clear(projectId),
  };
}
