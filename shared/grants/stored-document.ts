/**
 * Stored documents as a store hands them over: undecoded, with the name by which an operator finds them.
 *
 * Instants are `Date`s whatever the store keeps them as.
 */

import type * as v from 'valibot';
import { Fault } from '../fault.ts';

export interface StoredDocument {
  /** `collection/id`. */
  readonly path: string;
  readonly data: unknown;
}

/** Where in a document the problem is, and what it is, for who has the text of the document at hand. */
export interface DocumentProblem {
  /** Below the document, or below the grant that was decoded. */
  readonly keys: readonly string[];
  /** Completes the sentence "FIELD …". */
  readonly problem: string;
}

export class MalformedDocument extends Fault {
  readonly #where: DocumentProblem;

  constructor(detail: string, where: DocumentProblem) {
    super('document_malformed', { detail });
    this.#where = where;
  }

  /** Not for the log, which has it in the detail. */
  get where(): DocumentProblem {
    return this.#where;
  }
}

/** A stored document that does not say what it must: it grants nothing until somebody mends it. */
export function malformedDocument(
  path: string,
  field: string,
  problem: string,
  keys: readonly string[] = [],
): MalformedDocument {
  const detail = `${path}: ${field === '' ? 'the document' : field} ${problem}`;
  return new MalformedDocument(detail, { keys, problem });
}

/** The fault that names the first field a schema rejected. Values are left out: a field may hold anything. */
export function faultOfIssues(path: string, issues: readonly v.BaseIssue<unknown>[], prefix = ''): Fault {
  const issue = issues[0];
  const keys = (issue?.path ?? []).map((item) => String(item.key));
  const field = [prefix, ...keys].filter((part) => part !== '').join('.');
  return malformedDocument(path, field, issue?.message ?? 'is malformed', keys);
}
