/**
 * `grants export`: what is stored, as a grants file; or brought into files that are there.
 */

import { rename, writeFile } from 'node:fs/promises';
import { isRecord } from '../../shared/unknown.ts';
import { isGiven, type Command, type Context, type Invocation } from '../command-line/command.ts';
import { DATABASE_OPTIONS, databaseAddress } from '../database/database-address.ts';
import type { DocumentText } from '../documents/document-text.ts';
import { fileValue } from '../documents/file-value.ts';
import { documentKind } from '../documents/read-document.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { exportText, fileChanges, unwritable } from '../files/export-text.ts';
import { readGrantsFiles, readTexts } from '../files/read-grants-files.ts';
import { changedYaml, valueOfYaml, type YamlChange } from '../files/yaml-text.ts';
import { JSON_OPTION, printJson } from '../output/print-json.ts';
import { withDatabase } from './planning.ts';

type Documents = ReadonlyMap<string, DocumentText>;

export const grantsExport: Command = {
  summary: 'print what is stored as a grants file, or bring files up to date with it',
  explanation: `With paths it changes those files where the database differs, field by field, and keeps comments, order and scope
sets. What is new goes into the first file.`,
  words: { meaning: '[PATH…]', least: 0, most: 100 },
  options: {
    ...DATABASE_OPTIONS,
    instances: { value: '', help: 'documents of instances, too' },
    ...JSON_OPTION,
  },
  example: 'token-vending grants export --project acme-vending',

  async run(invocation, context) {
    const documents = await readStored(invocation, context);
    const problems = unwritable(documents);
    if (problems.length > 0) {
      for (const problem of problems) context.note(`${problem}\n`);
      const message = `${problems.length} stored documents are malformed, so that no file can hold them: mend or delete what is listed above; nothing was written`;
      throw new Failure(EXIT_CODES.badFile, message);
    }
    const isJson = isGiven(invocation, 'json');
    if (invocation.words.length > 0) await updateFiles(documents, invocation, context);
    else if (isJson)
      await printJson(context, {
        principals: Object.fromEntries([...documents].map(([id, text]) => [id, fileValue(text)])),
      });
    else for (const text of exportText(documents)) await context.print(text);
    return EXIT_CODES.ok;
  },
};

async function readStored(invocation: Invocation, context: Context): Promise<Documents> {
  const withInstances = isGiven(invocation, 'instances');
  return withDatabase(databaseAddress(invocation), context, async (database) => {
    const documents = new Map<string, DocumentText>();
    for await (const { id, text } of database.principals()) {
      if (withInstances || documentKind(id) !== 'instance') documents.set(id, text);
      if (documents.size % 500 === 0) context.progress(`${documents.size} documents read`);
    }
    return documents;
  });
}

async function updateFiles(documents: Documents, invocation: Invocation, context: Context): Promise<void> {
  const { entries } = await readGrantsFiles(invocation.words, context.readPrincipals);
  const texts = await readTexts(invocation.words);
  const added = [...documents].filter(([id]) => !entries.has(id));
  const updated: string[] = [];
  for (const [index, { file, text }] of texts.entries()) {
    const parsed = valueOfYaml({ file, firstLine: 1, text });
    const root = 'value' in parsed && isRecord(parsed.value) ? parsed.value : {};
    const principals = isRecord(root['principals']) ? root['principals'] : {};
    const changes: YamlChange[] = Object.entries(principals).flatMap(([id, value]) => {
      const entry = entries.get(id);
      // an instance that was not asked for is not known to be gone
      const isAsked = isGiven(invocation, 'instances') || documentKind(id) !== 'instance';
      return entry === undefined || !isAsked
        ? []
        : fileChanges({ id, value, text: entry.text }, documents.get(id));
    });
    if (index === 0) {
      if (added.length > 0 && root['principals'] === null) changes.push({ keys: ['principals'], value: {} });
      changes.push(...added.map(([id, stored]) => ({ keys: ['principals', id], value: fileValue(stored) })));
    }
    if (changes.length === 0) continue;
    await replaceFile(file, changedYaml(text, changes));
    updated.push(file);
  }
  if (isGiven(invocation, 'json')) return printJson(context, { updated });
  await context.print(
    updated.length === 0 ? 'The files say what is stored.\n' : `Updated ${updated.join(', ')}\n`,
  );
}

/** Whole or not at all. */
async function replaceFile(file: string, text: string): Promise<void> {
  const next = `${file}.new`;
  await writeFile(next, text);
  await rename(next, file);
}
