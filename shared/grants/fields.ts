/**
 * Field types that stored documents share. Messages complete the sentence "PATH: FIELD …" and never hold the value.
 */

import * as v from 'valibot';
import { isServiceAccountEmail } from '../member.ts';
import { isRecord } from '../unknown.ts';

/** A map with exactly these fields. */
export function strictMap<const Fields extends v.ObjectEntries>(fields: Fields) {
  const record = v.custom<Readonly<Record<string, unknown>>>(isRecord, 'must be a map');
  return v.pipe(record, v.strictObject(fields, fieldProblem));
}

function fieldProblem(issue: v.StrictObjectIssue): string {
  return issue.expected === 'never' ? 'is not a field that this document may have' : 'is missing';
}

/** A `Date`, or a Firestore `Timestamp`, which is known by its `toDate`. */
export const expiresAt = v.optional(
  v.pipe(
    v.unknown(),
    v.transform((value) => (hasToDate(value) ? value.toDate() : value)),
    v.custom<Date>((value) => value instanceof Date && !Number.isNaN(value.getTime()), 'must be a timestamp'),
  ),
);

function hasToDate(value: unknown): value is { toDate(): unknown } {
  return (
    typeof value === 'object' && value !== null && 'toDate' in value && typeof value.toDate === 'function'
  );
}

export const numericId = v.pipe(
  v.string('must be a numeric id, in quotes'),
  v.regex(/^[1-9][0-9]{9,24}$/, 'must be a numeric id of 10 to 25 digits'),
);

export const serviceAccountEmail = v.custom<string>(
  (value) => typeof value === 'string' && isServiceAccountEmail(value),
  'must be the lower-case e-mail address of a service account',
);

export function nonEmptyList<const Item extends v.GenericSchema>(item: Item) {
  return v.pipe(v.array(item, 'must be a list'), v.minLength(1, 'must not be an empty list'));
}
