/**
 * The header or the claims of a token, as bytes: an object with members set and removed, or a text of its own, and edits
 * of what was spelt. Texts are latin-1 in a recipe: one character is one byte, so that no encoding stands between a row
 * and what it attacks with.
 */

import * as v from 'valibot';
import { fill, fillString, type Facts } from './placeholders.ts';

type Members = Readonly<Record<string, unknown>>;

const members = v.custom<Members>((value) => typeof value === 'object' && value !== null);

export const jsonPart = v.strictObject({
  /** By path: `google.compute_engine.zone`. */
  set: v.optional(members),
  remove: v.optional(v.array(v.string())),
  /** Instead of an object. */
  text: v.optional(v.string()),
  edit: v.optional(v.array(v.strictObject({ find: v.string(), put: v.string() }))),
});

export type JsonPart = v.InferOutput<typeof jsonPart>;

export function encodePart(original: Members, part: JsonPart = {}, facts: Facts): Buffer {
  const object = structuredClone(original) as Record<string, unknown>;
  for (const path of part.remove ?? []) removePath(object, path.split('.'));
  for (const [path, value] of Object.entries(part.set ?? {}))
    setPath(object, path.split('.'), fill(value, facts));

  let bytes = Buffer.from(JSON.stringify(object)).toString('latin1');
  if (part.text !== undefined) bytes = fillString(part.text, facts);
  for (const { find, put } of part.edit ?? []) {
    if (!bytes.includes(find)) throw new Error(`a vector edits ${find}, which is not there`);
    bytes = bytes.replace(find, () => fillString(put, facts));
  }
  return Buffer.from(bytes, 'latin1');
}

function setPath(object: Record<string, unknown>, [name = '', ...rest]: string[], value: unknown): void {
  const own = Object.hasOwn(object, name) ? object[name] : undefined;
  const inner = typeof own === 'object' && own !== null ? (own as Record<string, unknown>) : {};
  if (rest.length > 0) setPath(inner, rest, value);
  const set = rest.length > 0 ? inner : value;
  // an assignment to `__proto__` would set no member
  Object.defineProperty(object, name, { value: set, enumerable: true, configurable: true, writable: true });
}

function removePath(object: Record<string, unknown>, [name = '', ...rest]: string[]): void {
  const inner = object[name];
  if (inner === undefined) throw new Error(`a vector removes ${name}, which is not there`);
  if (rest.length > 0) removePath(inner as Record<string, unknown>, rest);
  else delete object[name];
}
