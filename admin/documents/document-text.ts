/**
 * A document as one line of text that is equal where documents are equal: for comparing many of them, and for a plan's
 * file. Pure.
 *
 * JSON with sorted keys. What JSON lacks stands in a map with one key that begins with `@`; a key of the document's own
 * that begins so is written with two. Instants are compared to the millisecond, which is what the functions read.
 */

import { isRecord } from '../../shared/unknown.ts';

export type DocumentText = string;

const INSTANT = '@instant';
const NUMBER = '@number';
/** Bytes, places, references: nothing of a grant, and nothing that a file could hold. */
const FOREIGN = '@foreign';

export function textOfDocument(value: unknown): DocumentText {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    return Number.isFinite(value) ? JSON.stringify(value) : tagged(NUMBER, String(value));
  }
  if (Array.isArray(value)) return `[${value.map(textOfDocument).join(',')}]`;
  const instant = instantOf(value);
  if (instant !== undefined) return tagged(INSTANT, instant.toISOString());
  if (!isRecord(value)) return tagged(FOREIGN, typeName(value));
  const keys = Object.keys(value).toSorted();
  return `{${keys.map((key) => `${keyText(key)}:${textOfDocument(value[key])}`).join(',')}}`;
}

/** @param text must come from `textOfDocument` */
export function documentOfText(text: DocumentText): unknown {
  return untag(JSON.parse(text));
}

export function holdsForeignValue(text: DocumentText): boolean {
  return text.includes(`{"${FOREIGN}":`);
}

function tagged(tag: string, text: string): string {
  return `{"${tag}":${JSON.stringify(text)}}`;
}

function keyText(key: string): string {
  return JSON.stringify(key.startsWith('@') ? `@${key}` : key);
}

/** A `Date`, or a Firestore `Timestamp`, which is known by its `toDate`. */
function instantOf(value: unknown): Date | undefined {
  const date: unknown =
    typeof value === 'object' && value !== null && 'toDate' in value && typeof value.toDate === 'function'
      ? value.toDate()
      : value;
  return date instanceof Date && !Number.isNaN(date.getTime()) ? date : undefined;
}

function typeName(value: unknown): string {
  return typeof value === 'object' && value !== null ? value.constructor.name : typeof value;
}

function untag(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untag);
  if (!isRecord(value)) return value;
  const { [INSTANT]: instant, [NUMBER]: number } = value;
  if (typeof instant === 'string') return new Date(instant);
  if (typeof number === 'string') return Number(number);
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key.startsWith('@@') ? key.slice(1) : key, untag(each)]),
  );
}

export type Fields = Readonly<Record<string, unknown>>;

/** Throws where it is no map. */
export function fieldsOf(text: DocumentText): Fields {
  const document = documentOfText(text);
  if (!isRecord(document)) throw new TypeError('a document is a map');
  return document;
}
