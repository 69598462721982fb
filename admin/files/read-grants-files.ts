/**
 * The grants files at some paths: files as they are, folders with every `.yaml`, `.yml` and `.json` in them.
 */

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../shared/unknown.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import {
  parseGrantsFiles,
  type FileText,
  type GrantsFiles,
  type ReadPrincipals,
} from './parse-grants-files.ts';

const GRANTS_FILE = /^[^.].*\.(?:ya?ml|json)$/;

/** Throws a `Failure`. */
export async function readGrantsFiles(
  paths: readonly string[],
  readPrincipals: ReadPrincipals,
): Promise<GrantsFiles> {
  return parseGrantsFiles(await readTexts(paths), readPrincipals);
}

export async function readTexts(paths: readonly string[]): Promise<readonly FileText[]> {
  const files = (await Promise.all(paths.map(filesAt))).flat();
  return Promise.all([...new Set(files)].map(async (file) => ({ file, text: await readText(file) })));
}

async function filesAt(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if (!found.isDirectory()) return [path];
  const names = await readdir(path, { recursive: true });
  const files = names.filter(
    (name) =>
      name.split('/').every((part) => !part.startsWith('.')) &&
      GRANTS_FILE.test(name.split('/').at(-1) ?? ''),
  );
  if (files.length > 0) return files.toSorted().map((name) => join(path, name));
  throw new Failure(
    EXIT_CODES.noFile,
    `${path} has no grants file: a folder's files end in .yaml, .yml or .json`,
  );
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
}

function unreadable(path: string, cause: unknown): Failure {
  const code = errorCode(cause);
  const message =
    code === 'ENOENT'
      ? `${path} does not exist: name a grants file, or a folder of them`
      : `${path} cannot be read (${String(code)})`;
  return new Failure(EXIT_CODES.noFile, message, { cause });
}
