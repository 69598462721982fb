/**
 * The time for which the machine wanted its processors and its host ran others on them: `steal` in `/proc/stat`, see
 * proc_stat(5).
 */

import { openSync, readSync } from 'node:fs';

/** Of all cores together. */
const FIRST_LINE = /^cpu +(?:\d+ +){7}(?<steal>\d+)/;

/** Ticks of a hundredth of a second, since the machine was started; always 0 where there is no such file. */
export function openStealTime(path = '/proc/stat'): () => number {
  const read = readAgain(path);
  return () => Number(FIRST_LINE.exec(read())?.groups?.['steal'] ?? 0);
}

function readAgain(path: string): () => string {
  try {
    const fd = openSync(path, 'r');
    const start = Buffer.alloc(256);
    return () => start.toString('latin1', 0, readSync(fd, start, 0, start.length, 0));
  } catch {
    return () => '';
  }
}
