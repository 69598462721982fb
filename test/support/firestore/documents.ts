/**
 * Writes documents to the emulator over its REST interface, past all rules, as an operator would: so that a test of the
 * code that reads does not depend on a client library.
 * https://cloud.google.com/firestore/docs/reference/rest/v1/Value
 */

import type { FirestoreEmulator } from './emulator.ts';

export type DocumentValue =
  | null
  | boolean
  | number
  | string
  | Date
  | readonly DocumentValue[]
  | { readonly [field: string]: DocumentValue };

export type DocumentData = Readonly<Record<string, DocumentValue>>;

export interface DocumentWriter {
  /** Replaces the whole document at a path such as `controls/kill-switch`, or creates it. */
  readonly set: (path: string, data: DocumentData) => Promise<void>;
  /** Does nothing where there is no document. */
  readonly delete: (path: string) => Promise<void>;
}

export interface WriterOptions {
  readonly projectId: string;
  readonly databaseId?: string;
}

export function createDocumentWriter(
  { host }: Pick<FirestoreEmulator, 'host'>,
  { projectId, databaseId = '(default)' }: WriterOptions,
): DocumentWriter {
  const root = `http://${host}/v1/projects/${projectId}/databases/${databaseId}/documents`;

  const send = async (method: 'PATCH' | 'DELETE', path: string, body: string | null) => {
    // Document ids hold `:` and `@`.
    const url = `${root}/${path.split('/').map(encodeURIComponent).join('/')}`;
    // The emulator's password for everything.
    const response = await fetch(url, { method, body, headers: { authorization: 'Bearer owner' } });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
  };

  return {
    set: (path, data) => send('PATCH', path, JSON.stringify({ fields: encodeFields(data) })),
    delete: (path) => send('DELETE', path, null),
  };
}

function encodeFields(data: DocumentData): Record<string, unknown> {
  // Built from entries, so that a field named `__proto__` is a field.
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, encodeValue(value)]));
}

function encodeValue(value: DocumentValue): Record<string, unknown> {
  if (value === null) return { nullValue: null };
  if (typeof value === 'boolean') return { booleanValue: value };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number') return encodeNumber(value);
  if (value instanceof Date) return { timestampValue: value.toISOString() };
  if (isArray(value)) return { arrayValue: { values: value.map(encodeValue) } };
  return { mapValue: { fields: encodeFields(value) } };
}

function encodeNumber(value: number): Record<string, unknown> {
  if (Number.isSafeInteger(value)) return { integerValue: String(value) };
  // JSON has no NaN and no infinities; the interface takes their names.
  return { doubleValue: Number.isFinite(value) ? value : String(value) };
}

/** `Array.isArray` does not narrow a readonly array. */
function isArray(value: DocumentValue): value is readonly DocumentValue[] {
  return Array.isArray(value);
}
