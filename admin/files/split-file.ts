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
/** What ends a line for a regular expression, and not for YAML. */
const DOUBTFUL_LINE_BREAK = /\r(?!\n)|[\u2028\u2029]/;
const UNCUTTABLE = [CONNECTED, SEVERAL_DOCUMENTS, INDENTED_BY_TAB, DOUBTFUL_LINE_BREAK];

/** A line that is neither blank nor a comment: how far in it stands, and its first character. */
const CONTENT_LINE = /^( *)([^\s#])/;

/** `undefined`: it has to be parsed whole. */
export function splitFile(file: string, text: string): SplitFile | undefined {
  const head = /^principals:[ \t]*(?:#.*)?\r?$/m.exec(text);
  if (head === null || UNCUTTABLE.some((pattern) => pattern.test(text))) return undefined;
  const block = blockAfter(text, head.index + head[0].length);
  if (block === undefined) return undefined;
  const { starts, end } = block;
  let firstLine = 1;
  let counted = 0;
  const principals = starts.map((start, index) => {
    firstLine += lineBreaks(text, counted, start);
    counted = start;
    return { file, firstLine, text: text.slice(start, starts[index + 1] ?? end) };
  });
  const begin = starts[0] ?? end;
  const rest = text.slice(0, begin) + '\n'.repeat(lineBreaks(text, begin, end)) + text.slice(end);
  return { rest: { file, firstLine: 1, text: rest }, principals };
}

/**
 * Where the lines begin that stand as far in as the first one, and where another key at the top follows. `undefined`:
 * something else stands there, or less far in.
 */
function blockAfter(
  text: string,
  from: number,
): { readonly starts: readonly number[]; readonly end: number } | undefined {
  const starts: number[] = [];
  let indent: number | undefined;
  const lines = new RegExp(CONTENT_LINE, 'gm');
  lines.lastIndex = from;
  for (let line = lines.exec(text); line !== null; line = lines.exec(text)) {
    const column = line[1]?.length ?? 0;
    if (column === 0) return { starts, end: line.index };
    indent ??= column;
    if (column < indent) return undefined;
    if (column > indent) continue;
    if (!/[\w'"]/.test(line[2] ?? '')) return undefined;
    starts.push(line.index);
  }
  return { starts, end: text.length };
}

function lineBreaks(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
