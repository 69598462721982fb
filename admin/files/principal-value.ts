/**
 * One principal's YAML as a value, with the bodies of its grants looked up where they have been read before. Pure.
 *
 * A hundred thousand grants say a few hundred different things, and reading YAML is most of what a plan costs. So the text is
 * cut once more, at its grants; where anything about it is out of the ordinary, or wrong, it is read whole.
 */

import { isRecord } from '../../shared/unknown.ts';
import { valueOfYaml, type YamlText } from './yaml-text.ts';
import type { Problem } from './problem.ts';

export type ReadPrincipalValue = (
  yaml: YamlText,
) => { readonly value: unknown } | { readonly problems: readonly Problem[] };

const MAX_BODIES = 10_000;

/** It reads what `splitFile` has cut: there, a line ends where YAML says that it ends. */
export function createPrincipalReader(): ReadPrincipalValue {
  const bodies = new Map<string, unknown>();

  function bodyValue(text: string): unknown {
    if (bodies.has(text)) return bodies.get(text);
    const read = valueOfYaml({ file: '', firstLine: 1, text });
    const value = 'value' in read ? read.value : undefined;
    if (bodies.size >= MAX_BODIES) bodies.clear();
    bodies.set(text, value);
    return value;
  }

  return (yaml) => {
    const value = valueInPieces(yaml, bodyValue);
    return value === undefined ? valueOfYaml(yaml) : { value };
  };
}

const GRANTS_LINE = /^( *)grants:[ \t]*\r?\n/m;
/** Characters that YAML takes as they are, and nothing behind the colon. */
const TARGET_LINE = /^ *((?:serviceAccount|user):[a-z0-9_'+.@-]+):[ \t]*\r?\n/;

/** `undefined`: it has to be read whole. */
function valueInPieces(yaml: YamlText, bodyValue: (text: string) => unknown): unknown {
  const { text } = yaml;
  const line = GRANTS_LINE.exec(text);
  if (line === null) return undefined;
  const from = line.index + line[0].length;
  const block = grantsBlock(text, from, line[1]?.length ?? 0);
  if (block === undefined || block.starts.length === 0) return undefined;
  const head = valueOfYaml({ ...yaml, text: text.slice(0, block.starts[0]) + text.slice(block.end) });
  const [[id, document] = [], second] =
    'value' in head && isRecord(head.value) ? Object.entries(head.value) : [];
  // else the line belongs to something else
  if (id === undefined || second !== undefined || !isRecord(document) || document['grants'] !== null)
    return undefined;
  const grants = new Map<string, unknown>();
  for (const [index, start] of block.starts.entries()) {
    const piece = text.slice(start, block.starts[index + 1] ?? block.end);
    const [targetLine, target] = TARGET_LINE.exec(piece) ?? [];
    if (targetLine === undefined || target === undefined || grants.has(target)) return undefined;
    const body = bodyValue(piece.slice(targetLine.length));
    if (!isRecord(body)) return undefined;
    grants.set(target, body);
  }
  return { [id]: { ...document, grants: Object.fromEntries(grants) } };
}

/** Where its grants begin, and where it ends: at what stands no further in than its own line. */
function grantsBlock(
  text: string,
  from: number,
  outer: number,
): { readonly starts: readonly number[]; readonly end: number } | undefined {
  const starts: number[] = [];
  let indent: number | undefined;
  const lines = /^( *)[^\s#]/gm;
  lines.lastIndex = from;
  for (let line = lines.exec(text); line !== null; line = lines.exec(text)) {
    const column = line[1]?.length ?? 0;
    if (column <= outer) return { starts, end: line.index };
    indent ??= column;
    if (column < indent) return undefined;
    if (column === indent) starts.push(line.index);
  }
  return { starts, end: text.length };
}
