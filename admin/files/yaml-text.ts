/**
 * YAML texts: values out of them, the place of a value in them, and changes to them that keep everything else, comments
 * included. The only user of the YAML library among the operator's commands.
 */

import {
  Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Node,
  type Pair,
} from 'yaml';
import type { Place, Problem } from './problem.ts';

export interface YamlText {
  readonly file: string;
  /** The number of the text's first line in its file. */
  readonly firstLine: number;
  readonly text: string;
}

export type Keys = readonly (string | number)[];

/** Plain values, or what keeps the text from having any. A warning is a problem, too: a tag may be a restriction. */
export function valueOfYaml(
  yaml: YamlText,
): { readonly value: unknown } | { readonly problems: readonly Problem[] } {
  const document = parseDocument(yaml.text, { prettyErrors: false });
  if (document.errors.length + document.warnings.length > 0) return { problems: problemsOf(yaml) };
  try {
    return { value: document.toJS() };
  } catch {
    return { problems: [aliasProblem(yaml)] };
  }
}

function aliasProblem(yaml: YamlText): Problem {
  const lineCounter = new LineCounter();
  const document = parseDocument(yaml.text, { lineCounter, prettyErrors: false });
  let offset: number | undefined;
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return undefined;
      offset = offsetOf(alias);
      return visit.BREAK;
    },
  });
  const message =
    offset === undefined ? 'aliases multiply: write out what they stand for' : 'the alias names nothing';
  return { place: placeAt(yaml, lineCounter, offset ?? 0), message };
}

function problemsOf(yaml: YamlText): readonly Problem[] {
  const lineCounter = new LineCounter();
  const { errors, warnings } = parseDocument(yaml.text, { lineCounter, prettyErrors: false });
  return [...errors, ...warnings].map(({ message, pos: [offset] }) => ({
    place: placeAt(yaml, lineCounter, offset),
    message,
  }));
}

/** Where the value under these keys begins, or the last of them that is there; of a field its name. */
export function placeOf(yaml: YamlText, keys: Keys): Place {
  const lineCounter = new LineCounter();
  const document = parseDocument(yaml.text, { lineCounter, prettyErrors: false });
  let node: unknown = document.contents;
  let offset = offsetOf(node) ?? 0;
  for (const key of keys) {
    const pair = isMap(node) ? node.items.find((item) => keyOf(item) === String(key)) : undefined;
    const item = isSeq(node) ? node.items[Number(key)] : undefined;
    node = pair?.value ?? item;
    offset = offsetOf(pair?.key) ?? offsetOf(item) ?? offset;
  }
  return placeAt(yaml, lineCounter, offset);
}

function placeAt({ file, firstLine, text }: YamlText, lineCounter: LineCounter, offset: number): Place {
  const { line, col } = lineCounter.linePos(offset);
  const lines = text.split('\n');
  const at = Math.max(line, 1) - 1;
  // what ends too early is missed at the end of what is there
  const last = lines.slice(0, at + 1).findLastIndex((each) => each.trim() !== '');
  const isBlank = (lines[at] ?? '').trim() === '' && last !== -1;
  const shown = isBlank ? last : at;
  const source = (lines[shown] ?? '').trimEnd();
  return { file, line: shown + firstLine, column: isBlank ? source.length + 1 : Math.max(col, 1), source };
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function keyOf({ key }: Pair): string {
  return String(isScalar(key) ? key.value : key);
}

export interface YamlChange {
  readonly keys: readonly string[];
  /** `undefined`: take it out. */
  readonly value: unknown;
}

/** The text with these changes, and otherwise as it was as far as the library can. */
export function changedYaml(text: string, changes: readonly YamlChange[]): string {
  const document: Document = parseDocument(text);
  document.contents ??= document.createNode({});
  for (const { keys, value } of changes) {
    if (value === undefined) document.deleteIn(keys);
    // a plain value in the place of another keeps the comments beside it
    else document.setIn(keys, typeof value === 'object' ? likeOld(document, keys, value) : value);
    rewriteText(document.getIn(keys, true));
  }
  return document.toString(STYLE);
}

/** Another text can need another form than the one in whose place it is. */
function rewriteText(node: unknown): void {
  if (!isScalar(node) || typeof node.value !== 'string') return;
  if (node.type?.startsWith('QUOTE_') !== true) delete node.type;
  escape(node);
}

function likeOld(document: Document, keys: readonly string[], value: unknown): Node {
  const old = document.getIn(keys, true);
  const node = styled(document, value);
  if (isNode(old)) Object.assign(node, { comment: old.comment, commentBefore: old.commentBefore });
  return node;
}

export function yamlOf(value: unknown): string {
  const document = new Document();
  document.contents = styled(document, value);
  return document.toString(STYLE);
}

const STYLE = {
  lineWidth: 0,
  doubleQuotedMinMultiLineLength: Infinity,
  singleQuote: true,
  flowCollectionPadding: false,
} as const;

/** Short lists of plain texts stay on their line. */
function styled(document: Document, value: unknown): Node {
  const node = document.createNode(value);
  flow(node);
  escape(node);
  return node;
}

/** Lines of nothing but spaces cannot be seen, and at the beginning of a block they would not be read as they are. */
function escape(node: unknown): void {
  if (!isNode(node)) return;
  visit(node, {
    Scalar(_, scalar) {
      if (typeof scalar.value === 'string' && /^[^\S\n]+$/m.test(scalar.value)) scalar.type = 'QUOTE_DOUBLE';
    },
  });
}

function flow(node: unknown): void {
  if (isMap(node)) for (const { value } of node.items) flow(value);
  if (!isSeq(node)) return;
  node.flow = node.items.length <= 1;
  for (const item of node.items) flow(item);
}
