/**
 * Logs at some paths, `-` being standard input, read piece by piece: a week of them may be more than memory holds.
 */

import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { errorCode } from '../../shared/unknown.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { createLogReader, type LogLine } from './log-entries.ts';
import { recordedIn, type Recorded } from './recorded.ts';

export type Found =
  | { readonly kind: 'recorded'; readonly recorded: Recorded }
  | { readonly kind: 'broken'; readonly place: string }
  /** What an export has twice. */
  | { readonly kind: 'twice' }
  | { readonly kind: 'other' };

/** Entries that are remembered, so that none counts twice: some days of a busy deployment, in some 100 MiB. */
const MAX_REMEMBERED = 1_000_000;

/** Throws a `Failure`. */
export async function* readLogs(paths: readonly string[]): AsyncGenerator<Found> {
  const seen = new Set<string>();
  for (const path of paths) {
    for await (const line of linesOf(path)) {
      if (line.kind === 'broken') yield { kind: 'broken', place: `${path}:${line.line}` };
      else yield found(line.value, `${path}:${line.line}`, seen);
    }
  }
}

function found(value: unknown, place: string, seen: Set<string>): Found {
  const recorded = recordedIn(value);
  if (recorded === undefined) return { kind: 'other' };
  if (recorded === 'broken') return { kind: 'broken', place };
  const { identity } = recorded;
  if (identity === undefined) return { kind: 'recorded', recorded };
  if (seen.has(identity)) return { kind: 'twice' };
  seen.add(identity);
  forgetOldest(seen);
  return { kind: 'recorded', recorded };
}

/** A set keeps the order in which it was filled. */
function forgetOldest(seen: Set<string>): void {
  const [oldest] = seen.size > MAX_REMEMBERED ? seen : [];
  if (oldest !== undefined) seen.delete(oldest);
}

async function* linesOf(path: string): AsyncGenerator<LogLine> {
  const reader = createLogReader();
  let rest = '';
  try {
    for await (const piece of piecesOf(path)) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield* reader.push(line);
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
  if (rest !== '') yield* reader.push(rest);
  yield* reader.end();
}

/** An error of the file ends the unpacking, too. */
function piecesOf(path: string): AsyncIterable<string> {
  const file = createReadStream(path === '-' ? '/dev/stdin' : path);
  const read = path.endsWith('.gz') ? pipeline(file, createGunzip(), () => undefined) : file;
  return read.setEncoding('utf8');
}

function unreadable(path: string, cause: unknown): Failure {
  const code = errorCode(cause);
  if (code === 'ENOENT') {
    const message = `${path} does not exist: name a log export, or - for standard input`;
    return new Failure(EXIT_CODES.noFile, message, { cause });
  }
  const why =
    typeof code === 'string' && code.startsWith('Z_') ? 'is not gzip' : `cannot be read (${String(code)})`;
  return new Failure(EXIT_CODES.noFile, `${path} ${why}`, { cause });
}
