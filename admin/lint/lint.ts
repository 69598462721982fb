/**
 * All rules over all documents. Pure.
 */

import { decodeGrant } from '../../shared/grants/grant.ts';
import { PRINCIPALS } from '../../shared/grants/grant-store.ts';
import { decodePrincipalDocument } from '../../shared/grants/principal-document.ts';
import { documentOfText, type DocumentText } from '../documents/document-text.ts';
import { documentKind } from '../documents/read-document.ts';
import type { Linted, LintedDocument, Rule, RuleFinding, Severity } from './rule.ts';

export interface Finding extends RuleFinding {
  readonly code: string;
  readonly severity: Severity;
}

export function lint(linted: Linted, rules: readonly Rule[]): readonly Finding[] {
  return rules.flatMap(({ code, severity, check }) =>
    Array.from(check(linted), (found) => ({ code, severity, ...found })),
  );
}

/** @param text has been accepted by the decoders */
export function lintedDocument(id: string, text: DocumentText): LintedDocument {
  const path = `${PRINCIPALS}/${id}`;
  const kind = documentKind(id);
  const envelope = decodePrincipalDocument(kind, { path, data: documentOfText(text) });
  const grants = Object.entries(envelope.grants).map(([member, stored]) => decodeGrant(path, member, stored));
  return { id, kind, envelope, grants };
}
