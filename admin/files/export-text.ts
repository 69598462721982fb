/**
 * Stored documents as a grants file, or as changes to one that keep what people have written around them. Pure.
 */

import { isDeepStrictEqual } from 'node:util';
import type { DocumentText } from '../documents/document-text.ts';
import { fileValue } from '../documents/file-value.ts';
import { readDocument } from '../documents/read-document.ts';
import { isRecord } from '../../shared/unknown.ts';
import { yamlOf, type YamlChange } from './yaml-text.ts';

/** Principals whose documents no file can hold, because the functions would not understand them either. */
export function unwritable(documents: ReadonlyMap<string, DocumentText>): readonly string[] {
  return [...documents].flatMap(([id, text]) => {
    const read = readDocument(id, fileValue(text), {});
    if ('complaints' in read) return [`${id}: ${read.complaints[0]?.message ?? 'is malformed'}`];
    return read.text === text ? [] : [`${id}: holds what a file cannot`];
  });
}

/** Principal by principal, because all of them would be one long text. */
export function* exportText(documents: ReadonlyMap<string, DocumentText>): Generator<string> {
  yield documents.size === 0 ? 'principals: {}\n' : 'principals:\n';
  for (const id of [...documents.keys()].toSorted()) {
    // a line of YAML ends with nothing but this: U+2028 is a character like others
    yield yamlOf({ [id]: fileValue(documents.get(id) ?? '{}') }).replace(/(^|\n)(?=[^\n])/g, '$1  ');
  }
}

/** A principal as it is in a file: as it is written, and what that means. */
export interface Written {
  readonly id: string;
  readonly value: unknown;
  readonly text: DocumentText;
}

/** What to change in a file so that it says what is stored; only what differs, field by field. */
export function fileChanges(written: Written, stored: DocumentText | undefined): readonly YamlChange[] {
  const { id, value, text } = written;
  if (text === stored) return [];
  const keys = ['principals', id];
  if (stored === undefined) return [{ keys, value: undefined }];
  const meant = fileValue(text);
  const wanted = fileValue(stored);
  if (!isRecord(value) || !isRecord(meant) || !isRecord(wanted)) return [{ keys, value: wanted }];
  return [
    ...fieldChanges(keys, omit(meant, 'grants'), omit(wanted, 'grants')),
    ...grantChanges([...keys, 'grants'], value['grants'], meant['grants'], wanted['grants']),
  ];
}

type Fields = Readonly<Record<string, unknown>>;

function grantChanges(
  keys: readonly string[],
  written: unknown,
  meant: unknown,
  wanted: unknown,
): readonly YamlChange[] {
  if (!isRecord(written) || !isRecord(meant) || !isRecord(wanted)) return [{ keys, value: wanted }];
  const members = [...new Set([...Object.keys(meant), ...Object.keys(wanted)])];
  return members.flatMap((member): readonly YamlChange[] => {
    const [one, other, raw] = [own(meant, member), own(wanted, member), own(written, member)];
    if (isDeepStrictEqual(one, other)) return [];
    const at = [...keys, member];
    if (!isRecord(one) || !isRecord(other)) return [{ keys: at, value: other }];
    const changes = fieldChanges(at, one, other);
    const changesScopes = changes.some(({ keys: all }) => all.at(-1) === 'scopes');
    // the sets that were named are not what is stored any more
    const sets =
      changesScopes && isRecord(raw) && 'scopeSets' in raw
        ? [{ keys: [...at, 'scopeSets'], value: undefined }]
        : [];
    return [...changes, ...sets];
  });
}

function fieldChanges(keys: readonly string[], meant: Fields, wanted: Fields): readonly YamlChange[] {
  const fields = [...new Set([...Object.keys(meant), ...Object.keys(wanted)])];
  return fields
    .filter((field) => !isDeepStrictEqual(own(meant, field), own(wanted, field)))
    .map((field) => ({ keys: [...keys, field], value: own(wanted, field) }));
}

function omit(record: Fields, field: string): Fields {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== field));
}

function own(record: Fields, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
