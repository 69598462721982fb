/**
 * Ceilings: limits set when the functions are deployed, which no stored grant can pass.
 *
 * Firestore's IAM is per database. Without them, whoever may write a grant could become any user of the domain.
 */

import type { Principal } from '../identity/principal.ts';
import { Refusal } from '../refusal.ts';
import type { UserGrant } from './grant.ts';

export interface DelegationCeilings {
  /** E-mails of the service accounts that may sign assertions. */
  readonly signers: readonly string[];
  /** E-mails, or `@domain` for every user of exactly that domain. */
  readonly subjects: readonly string[];
  readonly scopes: readonly string[];
}

/** A grant that goes above a ceiling is refused whole: giving the part below it would hide the mistake. */
export function checkDelegationCeilings(grant: UserGrant, ceilings: DelegationCeilings): void {
  const { email } = grant.target;
  const domain = email.slice(email.lastIndexOf('@'));
  const above = grant.scopes.find((scope) => !ceilings.scopes.includes(scope));
  if (!ceilings.signers.includes(grant.signer)) throw new Refusal('ceiling_signer', grant.signer);
  if (!ceilings.subjects.includes(email) && !ceilings.subjects.includes(domain)) {
    throw new Refusal('ceiling_subject', email);
  }
  if (above !== undefined) throw new Refusal('ceiling_scope', above);
}

/** An empty list allows callers of every project. */
export function checkProject(principal: Principal, projectNumbers: readonly number[]): void {
  const { projectNumber } = principal.instance;
  if (projectNumbers.length > 0 && !projectNumbers.includes(projectNumber)) {
    throw new Refusal('project_not_allowed', `project ${projectNumber}`);
  }
}
