/**
 * The plan: what the files want, less what is stored. Pure.
 */

import { createHash } from 'node:crypto';
import type { DatabaseAddress } from '../database/database-address.ts';
import type { StoredDocumentText } from '../database/grants-database.ts';
import type { DocumentText } from '../documents/document-text.ts';
import { documentKind } from '../documents/read-document.ts';
import type { Change, Plan } from './change.ts';
import { compareDocuments } from './compare-documents.ts';

export interface Wanted {
  /** By id of the principal. */
  readonly documents: ReadonlyMap<string, { readonly text: DocumentText }>;
  readonly commit: string | undefined;
}

export interface Stored {
  readonly address: DatabaseAddress;
  /** Read before the documents, so that an apply in between is noticed. */
  readonly latest: string | undefined;
  readonly documents: readonly StoredDocumentText[];
}

export interface PlanOptions {
  /** Instances that no file names are deleted, too. */
  readonly withInstances: boolean;
  readonly now: Date;
}

export function makePlan(
  { documents: wanted, commit }: Wanted,
  stored: Stored,
  { withInstances, now }: PlanOptions,
): Plan {
  const changes: Change[] = [];
  const seen = new Set<string>();
  let unchanged = 0;
  let left = 0;
  for (const { id, ...before } of stored.documents) {
    seen.add(id);
    const after = wanted.get(id)?.text;
    if (after === before.text) unchanged += 1;
    else if (after === undefined && !withInstances && documentKind(id) === 'instance') left += 1;
    else changes.push(changeOf(id, before, after));
  }
  for (const [id, { text }] of wanted) if (!seen.has(id)) changes.push(changeOf(id, undefined, text));
  const goalSha256 = goalOf(wanted, withInstances);
  const ordered = changes.toSorted((one, other) => rank(one) - rank(other) || compare(one.id, other.id));
  return {
    ...stored.address,
    latest: stored.latest,
    madeAt: now,
    goalSha256,
    commit,
    changes: ordered,
    unchanged,
    left,
  };
}

function changeOf(id: string, before: Change['before'], after: DocumentText | undefined): Change {
  const kind = before === undefined ? 'created' : after === undefined ? 'deleted' : 'changed';
  return { id, kind, before, after, consequences: compareDocuments(before?.text, after) };
}

/** What takes away comes first: an apply that stops half-way has then given nothing that it should not. */
function rank({ kind, consequences }: Change): number {
  if (kind === 'deleted') return 0;
  return consequences.some(({ effect }) => effect === 'gains' || effect === 'widens') ? 2 : 1;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function goalOf(wanted: Wanted['documents'], withInstances: boolean): string {
  const hash = createHash('sha256').update(`${withInstances}\n`);
  for (const id of [...wanted.keys()].toSorted()) hash.update(`${id}\n${wanted.get(id)?.text}\n`);
  return hash.digest('hex');
}
