/**
 * A stored document as a file writes it: instants as RFC 3339, fields in the order of the documentation. Pure.
 */

import { claimedKind } from '../../shared/member.ts';
import { isRecord } from '../../shared/unknown.ts';
import { FIELDS } from '../files/grants-schema.ts';
import { documentOfText, type DocumentText } from './document-text.ts';

type Fields = Readonly<Record<string, unknown>>;

export function fileValue(text: DocumentText): unknown {
  const document = documentOfText(text);
  if (!isRecord(document)) return document;
  const grants = isRecord(document['grants']) ? { grants: mapGrants(document['grants']) } : {};
  return ordered({ ...document, ...grants }, FIELDS.principal);
}

function mapGrants(grants: Fields): Fields {
  return Object.fromEntries(
    Object.entries(grants).map(([member, grant]) => {
      const kind = claimedKind(member);
      return [member, isRecord(grant) && kind !== undefined ? ordered(grant, FIELDS[kind]) : grant];
    }),
  );
}

function ordered(record: Fields, order: readonly string[]): Fields {
  const known = order.filter((field) => Object.hasOwn(record, field));
  const others = Object.keys(record).filter((field) => !order.includes(field));
  return Object.fromEntries([...known, ...others].map((field) => [field, written(record[field])]));
}

function written(value: unknown): unknown {
  return value instanceof Date ? value.toISOString().replace('.000Z', 'Z') : value;
}
