/**
 * A rule of lint: one thing that is sound for the functions and that somebody has probably not meant.
 */

import type { Grant } from '../../shared/grants/grant.ts';
import type { PrincipalDocument, PrincipalDocumentKind } from '../../shared/grants/principal-document.ts';
import type { Organization } from '../files/organization.ts';

export type Severity = 'error' | 'warning';

/** A document that the decoders have accepted, with all of its grants. */
export interface LintedDocument {
  readonly id: string;
  readonly kind: PrincipalDocumentKind;
  readonly envelope: PrincipalDocument;
  readonly grants: readonly Grant[];
}

export interface Linted {
  readonly documents: readonly LintedDocument[];
  readonly organization: Organization;
  readonly now: Date;
}

export interface RuleFinding {
  readonly id: string;
  /** Below the principal. */
  readonly keys: readonly (string | number)[];
  /** What is wrong, in this case. */
  readonly reason: string;
}

export interface Rule {
  /** The heading in docs/admin.md that says what to do. */
  readonly code: string;
  readonly severity: Severity;
  readonly check: (linted: Linted) => Iterable<RuleFinding>;
}

/** For rules that look at one grant at a time. */
export function ofEachGrant(
  check: (grant: Grant, document: LintedDocument, linted: Linted) => Iterable<Omit<RuleFinding, 'id'>>,
): Rule['check'] {
  return function* checkAll(linted) {
    for (const document of linted.documents) {
      for (const grant of document.grants) {
        for (const { keys, reason } of check(grant, document, linted)) {
          yield { id: document.id, keys: ['grants', grant.target.member, ...keys], reason };
        }
      }
    }
  };
}
