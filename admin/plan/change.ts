/**
 * What a change to the documents means for who may become whom.
 */

import type { Known } from '../database/grants-database.ts';
import type { DocumentText } from '../documents/document-text.ts';

/**
 * `widens` and `narrows`: a permission that was there and stays. What is neither for certain counts as `widens`, so that
 * somebody looks at it.
 */
export type Effect = 'gains' | 'loses' | 'widens' | 'narrows' | 'changes';

export interface Consequence {
  readonly effect: Effect;
  /** The target; `undefined`: it is about the principal, and so about all of its grants. */
  readonly target: string | undefined;
  /** In words: `scopes + https://…`, `expiresAt 2027-01-01 → 2028-01-01`. */
  readonly what: string;
}

/** One document that is to be written or deleted. */
export interface Change {
  readonly id: string;
  readonly kind: 'created' | 'changed' | 'deleted';
  readonly before: Known | undefined;
  readonly after: DocumentText | undefined;
  readonly consequences: readonly Consequence[];
}

export interface Plan {
  /** Which database it was made against. */
  readonly projectId: string;
  readonly databaseId: string;
  readonly madeAt: Date;
  /** The version of the latest apply when the documents were read; `undefined`: there was none. */
  readonly latest: string | undefined;
  /** SHA-256 of all that the files want. */
  readonly goalSha256: string;
  /** The commit of the files; `undefined` where they are in no repository. */
  readonly commit: string | undefined;
  /** In the order of their application: what takes away before what gives. */
  readonly changes: readonly Change[];
  readonly unchanged: number;
  /** Documents of instances that no file names, which a scheduler looks after. */
  readonly left: number;
}

export function count(changes: readonly Change[], effect: Effect): number {
  return changes.reduce(
    (sum, { consequences }) => sum + consequences.filter((one) => one.effect === effect).length,
    0,
  );
}
