import { authorizeImpersonation } from '../../../shared/grants/authorize.ts';
import { decodeDocuments } from '../../../shared/grants/decoded-documents.ts';
import type { ExchangeRequest } from '../../../shared/exchange-request.ts';
import type { ComputeClaims } from '../../../shared/identity/compute-claims.ts';

export function decideForClaims(claims: ComputeClaims, request: ExchangeRequest): unknown {
  const documents = decodeDocuments({
    instance: undefined,
    serviceAccount: undefined,
    killSwitch: undefined,
  });
  const question = { principal: claims, request, documents, now: new Date() };
  // expect TS2345: claims of a token are no principal until its signature was checked
  return authorizeImpersonation(question, () => ({ holds: true }));
}
