/**
 * A grants file cut into the texts of its principals, and the rest. Pure.
 *
 * The YAML library holds a tree of everything that it has parsed; of a file with a hundred thousand grants that would be
 * more memory than the whole command may take. So a file that is written in the ordinary way, one indented block for each
 * principal, is parsed block by block. Where one block can have to do with another (anchors, aliases, several documents,
 * tabs, flow style), there is nothing to cut, and the file is parsed whole.
 */

import type { YamlText } from './yaml-text.ts';

export interface SplitFile {
  /** The file with blank lines where its principals stand, so that lines keep their numbers. */
  readonly rest: YamlText;
  /** Each a map of one principal, as it stands. */
  readonly principals: readonly YamlText[];
}

/** What looks like an anchor, an alias or a tag: after a space, a bracket or a colon. A false alarm costs time alone. */
const CONNECTED = /(?:^|[\s[{,:-])(?:[&*][\w-]|!\S|<<:)/m;
const SEVERAL_DOCUMENTS = /^(?:---|\.\.\.|%)/m;
const INDENTED_BY_TAB = /^ *\t/m;

/** `undefined`: it has to be parsed whole. */
export function splitFile(file: string, text: string): SplitFile | undefined {
  const head = /^principals:[ \t]*(?:#.*)?\r?$/m.exec(text);
  if (head === null || CONNECTED.test(text) || SEVERAL_DOCUMENTS.test(text) || INDENTED_BY_TAB.test(text)) {
    return undefined;
  }
  const lines = text.split('\n');
  const first = text.slice(0, head.index).split('\n').length;
  const end = endOfBlock(lines, first);
  const starts = startsOfEntries(lines, first, end);
  if (starts === undefined) return undefined;
  const principals = starts.map((start, index) => ({
    file,
    firstLine: start + 1,
    text: `${lines.slice(start, starts[index + 1] ?? end).join('\n')}\n`,
  }));
  const begin = starts[0] ?? end;
  const blank = Array.from({ length: end - begin }, () => '');
  const rest = [...lines.slice(0, begin), ...blank, ...lines.slice(end)].join('\n');
  return { rest: { file, firstLine: 1, text: rest }, principals };
}

/** The first line that belongs to another key at the top. */
function endOfBlock(lines: readonly string[], from: number): number {
  const found = lines.findIndex((line, index) => index >= from && /^[^\s#]/.test(line));
  return found === -1 ? lines.length : found;
}

/** Lines that stand as far in as the first one. `undefined`: something else stands there, or less far in. */
function startsOfEntries(lines: readonly string[], from: number, end: number): readonly number[] | undefined {
  const starts: number[] = [];
  let indent: number | undefined;
  for (let index = from; index < end; index += 1) {
    const line = lines[index] ?? '';
    const column = line.search(/\S/);
    if (column === -1 || line[column] === '#') continue;
    indent ??= column;
    if (column < indent) return undefined;
    if (column > indent) continue;
    if (!/^[\w'"]/.test(line.slice(column))) return undefined;
    starts.push(index);
  }
  return starts;
}
