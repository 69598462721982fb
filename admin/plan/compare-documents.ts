/**
 * Two states of a document → who gains, who loses, what widens. Pure.
 *
 * The stored state may be malformed, because anybody may have written it: a field that does not say what it must is
 * compared as a value, and its change counts as widening.
 */

import { documentOfText, type DocumentText } from '../documents/document-text.ts';
import { DEFAULT_LIFETIME_SECONDS } from '../../shared/grants/grant.ts';
import { claimedKind } from '../../shared/member.ts';
import { isRecord } from '../../shared/unknown.ts';
import type { Consequence, Effect } from './change.ts';
import { shown } from './shown.ts';

type Fields = Readonly<Record<string, unknown>>;

export function compareDocuments(
  before: DocumentText | undefined,
  after: DocumentText | undefined,
): readonly Consequence[] {
  const old = fieldsOf(before);
  const next = fieldsOf(after);
  const oldGrants = grantsOf(old);
  const nextGrants = grantsOf(next);
  const isSame = (key: string) => JSON.stringify(old[key]) === JSON.stringify(next[key]);
  const envelope =
    before === undefined || after === undefined
      ? []
      : [...new Set([...Object.keys(old), ...Object.keys(next)])]
          .filter((field) => field !== 'grants' && !isSame(field))
          .map((field) => changeOf(field, old[field], next[field]))
          .map((consequence) => ({ ...consequence, target: undefined }));
  const targets = [...new Set([...Object.keys(oldGrants), ...Object.keys(nextGrants)])];
  return [
    ...envelope,
    ...targets.flatMap((target) => compareGrants(target, own(oldGrants, target), own(nextGrants, target))),
  ];
}

function compareGrants(target: string, before: unknown, after: unknown): readonly Consequence[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (before === undefined) return [{ effect: 'gains', target, what: summary(target, after) }];
  if (after === undefined) return [{ effect: 'loses', target, what: summary(target, before) }];
  if (!isRecord(before) || !isRecord(after)) return [{ effect: 'widens', target, what: 'was malformed' }];
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return fields
    .filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
    .flatMap((field) => {
      const [one, other] = [before[field], after[field]];
      return LISTS.has(field) ? listChanges(field, one, other) : [changeOf(field, one, other)];
    })
    .map((consequence) => ({ ...consequence, target }));
}

type Unaddressed = Omit<Consequence, 'target'>;

/** Lists whose items each allow something. */
const LISTS: ReadonlySet<string> = new Set(['scopes', 'idTokenAudiences']);

function listChanges(field: string, before: unknown = [], after: unknown = []): readonly Unaddressed[] {
  if (!isList(before) || !isList(after)) return [changeOf(field, before, after)];
  const more = after.filter((item) => !before.includes(item));
  const less = before.filter((item) => !after.includes(item));
  const changes: readonly Unaddressed[] = [
    ...more.map((item): Unaddressed => ({ effect: 'widens', what: `${field} + ${shown(item)}` })),
    ...less.map((item): Unaddressed => ({ effect: 'narrows', what: `${field} - ${shown(item)}` })),
  ];
  return changes.length > 0
    ? changes
    : [{ effect: 'changes', what: `${field} in another order, or repeated` }];
}

function changeOf(field: string, before: unknown, after: unknown): Unaddressed {
  return { effect: effectOf(field, before, after), what: `${field} ${shown(before)} → ${shown(after)}` };
}

function effectOf(field: string, before: unknown, after: unknown): Effect {
  switch (field) {
    case 'disabled':
      return before === true ? 'widens' : after === true ? 'narrows' : 'changes';
    case 'lifetimeSeconds':
      return byNumber(before ?? DEFAULT_LIFETIME_SECONDS, after ?? DEFAULT_LIFETIME_SECONDS);
    case 'expiresAt':
      return byNumber(millisecondsOf(before), millisecondsOf(after));
    case 'condition':
      return before === undefined ? 'narrows' : 'widens';
    case 'uniqueId':
      return before === undefined ? 'narrows' : 'widens';
    case 'delegates':
      return isEmpty(before) && isEmpty(after) ? 'changes' : 'widens';
    default:
      return 'widens';
  }
}

function byNumber(before: unknown, after: unknown): Effect {
  if (typeof before !== 'number' || typeof after !== 'number') return 'widens';
  return after === before ? 'changes' : after < before ? 'narrows' : 'widens';
}

/** Never, where there is none. */
function millisecondsOf(expiry: unknown): unknown {
  if (expiry === undefined) return Number.POSITIVE_INFINITY;
  return expiry instanceof Date ? expiry.getTime() : expiry;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** What a grant allows, in a line. */
function summary(target: string, grant: unknown): string {
  if (!isRecord(grant)) return shown(grant);
  const order =
    claimedKind(target) === 'user' ? ['scopes', 'signer'] : ['scopes', 'idTokenAudiences', 'lifetimeSeconds'];
  const fields = [...new Set([...order, ...Object.keys(grant)])].filter(
    (field) => grant[field] !== undefined,
  );
  return fields.map((field) => `${field} ${shown(grant[field])}`).join(', ');
}

function fieldsOf(text: DocumentText | undefined): Fields {
  const document = text === undefined ? {} : documentOfText(text);
  return isRecord(document) ? document : {};
}

function grantsOf({ grants }: Fields): Fields {
  return isRecord(grants) ? grants : {};
}

function own(record: Fields, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
