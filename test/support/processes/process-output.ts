/** Keeps every byte that a child process writes, and hands out the lines of its standard output as they arrive. */

import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** A child without standard input whose outputs are ours to read. */
export type SpawnedProcess = ChildProcessByStdio<null, Readable, Readable>;

export interface ProcessOutput {
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Both, under headings, for an error's message. */
  readonly describe: () => string;
}

export function keepOutput(child: SpawnedProcess): ProcessOutput {
  const stdout = keepBytes(child.stdout);
  const stderr = keepBytes(child.stderr);
  return {
    stdout,
    stderr,
    describe: () => `standard output:\n${stdout()}\nstandard error:\n${stderr()}`,
  };
}

function keepBytes(stream: Readable): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

/** Calls back with each complete line, and at the end with what stands there without a line break. */
export function onLine(stream: Readable, listener: (line: string) => void): void {
  // A chunk can end in the middle of a character.
  const decoder = new StringDecoder('utf8');
  let unfinished = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (unfinished + decoder.write(chunk)).split('\n');
    unfinished = lines.pop() ?? '';
    for (const line of lines) listener(line);
  });
  stream.on('end', () => {
    const last = unfinished + decoder.end();
    if (last !== '') listener(last);
  });
}
