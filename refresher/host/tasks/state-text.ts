/**
 * The text of the state file: JSON, a line for each task.
 */

import { isRecord, parseJson } from '../../../shared/unknown.ts';
import { decodeTask, encodeTask, type StoredTask } from './stored-task.ts';

const VERSION = 1;
const END = '\n]}\n';

/**
 * What it gives is good until it is called again. Of a thousand tasks it is a quarter of a megabyte, which each
 * registration would leave behind: so each task is written out once, and all of them together always in the same place.
 */
export function createStateText(bootId: string): (tasks: readonly StoredTask[]) => Buffer {
  const start = `{"version":${VERSION},"bootId":${JSON.stringify(bootId)},"tasks":[`;
  const lines = new WeakMap<StoredTask, string>();
  let place = Buffer.alloc(0);

  function lineOf(task: StoredTask): string {
    const known = lines.get(task);
    if (known !== undefined) return known;
    const line = `\n${JSON.stringify(encodeTask(task))},`;
    lines.set(task, line);
    return line;
  }

  return (tasks) => {
    const parts = [start, ...tasks.map(lineOf)];
    const length = parts.reduce((sum, part) => sum + Buffer.byteLength(part), END.length);
    if (place.length < length) place = Buffer.alloc(2 * length);
    let at = 0;
    for (const part of parts) at += place.write(part, at);
    // there is no comma behind the last one
    if (tasks.length > 0) at -= 1;
    return place.subarray(0, at + place.write(END, at));
  };
}

/** None where the machine was started since. Throws where it is another text, or holds something that is no task. */
export function readStateText(text: string, bootId: string): readonly StoredTask[] {
  const state = parseJson(text);
  if (!isRecord(state) || state['version'] !== VERSION || !Array.isArray(state['tasks'])) {
    throw new Error('the state file is not one of this version');
  }
  return state['bootId'] === bootId ? state['tasks'].map(decodeTask) : [];
}
