/**
 * Writes of whole documents, each with the precondition that what it replaces is as it was read.
 */

import {
  FieldPath,
  FieldValue,
  Timestamp,
  type DocumentReference,
  type Firestore,
  type WriteBatch,
} from '@google-cloud/firestore';
import { PRINCIPALS } from '../../shared/grants/grant-store.ts';
import { fieldsOf, type Fields } from '../documents/document-text.ts';
import type { DocumentWrite, Known, Version } from './grants-database.ts';

/** The document that a write is to replace, as it was read. */
export interface Replaced {
  readonly fields: Fields;
  readonly version: Version;
}

export function replaced(before: Known | undefined): Replaced | undefined {
  return before && { fields: fieldsOf(before.text), version: before.version };
}

export function writeDocument(
  firestore: Firestore,
  batch: WriteBatch,
  { id, before, after }: DocumentWrite,
): void {
  const reference = firestore.doc(`${PRINCIPALS}/${id}`);
  if (after !== undefined) return replace(batch, reference, fieldsOf(after), replaced(before));
  batch.delete(reference, before && { lastUpdateTime: timestampOf(before.version) });
}

/** `set` takes no precondition, and `update` leaves the fields that it is not told about: so it is told about all. */
export function replace(
  batch: WriteBatch,
  reference: DocumentReference,
  fields: Fields,
  before: Replaced | undefined,
): void {
  if (before === undefined) {
    batch.create(reference, fields);
    return;
  }
  const gone = Object.keys(before.fields).filter((field) => !Object.hasOwn(fields, field));
  const all = [
    ...Object.entries(fields),
    ...gone.map((field): [string, unknown] => [field, FieldValue.delete()]),
  ].flatMap(([field, value]) => [new FieldPath(field), value]);
  const [field, value, ...others] = all;
  const precondition = { lastUpdateTime: timestampOf(before.version) };
  if (field instanceof FieldPath) batch.update(reference, field, value, ...others, precondition);
}

function timestampOf(version: Version): Timestamp {
  const [seconds, nanoseconds] = version.split('.').map(Number);
  return new Timestamp(seconds ?? 0, nanoseconds ?? 0);
}
