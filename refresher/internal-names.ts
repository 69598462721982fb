/**
 * The names of members that the refresher alone reads and writes. The bundle may shorten these: `expiresInSeconds` says
 * much to a reader and nothing to the runtime, and all of them together are a twentieth of the file.
 *
 * A name is one of them only where nothing outside can know it. It is declared in a source of ours and has two or more
 * words run together, which no name of the wire and of the environment has; nothing that Node and JavaScript declare, be
 * it an option, is called that; and no string, no field of a log line and nothing that is written as JSON is.
 */

import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const SOURCES = 'refresher/**/*.ts';
const DECLARATIONS = 'node_modules/{@types/node/**/*,@typescript/*/lib/*}.d.ts';

/** `readonly expiresInSeconds: number;`, `readIdToken(audience: string): Promise<IdTokenReading>;`, `headerBytes: 16 * 1024,`. */
const MEMBER = /^\s+(?:readonly (?=\w+\??:)|(?=\w+\(.*\): .*;$|\w+: [\d_* ]+,$))([a-z]+[A-Z]\w*)/gm;
const STRING = /(?<=(["'`]))\w+(?=\1)/g;
/** Calls that write the names of members down, to the end of the statement; and names in an object literal. */
const WRITING = /\b(?:log\w*|stringify|entries|keys)\([^;]*/g;
const KEY = /(?<=[{,]\s*)\w+(?=\s*[:,}])/g;
const WORD = /\w+/g;

/** `code` is the bundle before anything is shortened: the sources without types and comments. */
export async function internalNames(code: string): Promise<readonly string[]> {
  const [sources, declarations] = await Promise.all([contentsOf(SOURCES), contentsOf(DECLARATIONS)]);
  const written = matches(code, WRITING).flatMap((call) => matches(call, KEY));
  const known = new Set([...matches(declarations, WORD), ...matches(code, STRING), ...written]);
  const members = Array.from(sources.matchAll(MEMBER), ([, name = '']) => name);
  return [...new Set(members)].filter((name) => !known.has(name)).toSorted();
}

async function contentsOf(pattern: string): Promise<string> {
  let text = '';
  // the host's program is another bundle, with names of its own
  for await (const name of glob(pattern, { cwd: ROOT, exclude: ['refresher/host/**'] }))
    text += `${await readFile(join(ROOT, name), 'utf8')}\n`;
  return text;
}

function matches(text: string, pattern: RegExp): readonly string[] {
  return text.match(pattern) ?? [];
}
