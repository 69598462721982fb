/**
 * Admission, with which every question to a function begins: verify who asks, and find what is stored about them.
 */

import type { CallContext } from './call-context.ts';
import { checkProject } from './grants/ceilings.ts';
import { decodeDocuments, type DecodedDocuments } from './grants/decoded-documents.ts';
import type { GrantStore } from './grants/grant-store.ts';
import { principalDocumentIds, type Principal } from './identity/principal.ts';
import type { VerifyIdentityToken } from './identity/verify-identity-token.ts';
import type { IdentityToken } from './tokens.ts';

export interface AdmissionSteps {
  /** Empty: callers of every project. */
  readonly projectNumbers: readonly number[];
  readonly verify: VerifyIdentityToken;
  readonly grants: GrantStore;
}

export interface Admitted {
  readonly principal: Principal;
  readonly documents: DecodedDocuments;
}

/** @param found learns who asks, also where the story ends before there are documents */
export async function admit(
  { projectNumbers, verify, grants }: AdmissionSteps,
  subjectToken: IdentityToken,
  context: CallContext,
  found: { principal?: Principal },
): Promise<Admitted> {
  const principal = (found.principal = await verify(subjectToken, context));
  checkProject(principal, projectNumbers);
  const documents = await grants.find(principalDocumentIds(principal), context);
  return { principal, documents: decodeDocuments(documents) };
}
