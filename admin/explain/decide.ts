/**
 * What the functions would decide, by their own code, up to the mint, which is not here. Pure.
 */

import { parseExchangeRequest, type ExchangeRequest } from '../../shared/exchange-request.ts';
import { authorizeDelegation, authorizeImpersonation } from '../../shared/grants/authorize.ts';
import type { AuthorizedGrant } from '../../shared/grants/authorized-grant.ts';
import { checkProject, type DelegationCeilings } from '../../shared/grants/ceilings.ts';
import type { EvaluateCondition } from '../../shared/grants/condition.ts';
import { decodeDocuments } from '../../shared/grants/decoded-documents.ts';
import type { GrantDocuments } from '../../shared/grants/grant-store.ts';
import type { Principal } from '../../shared/identity/principal.ts';
import type { MemberKind } from '../../shared/member.ts';
import { encodeForm, TOKEN_EXCHANGE_GRANT_TYPE, TOKEN_TYPES } from '../../shared/protocol.ts';
import { Fault } from '../../shared/fault.ts';
import { Refusal } from '../../shared/refusal.ts';

export interface Wanted {
  /** Which function is asked: it is that of the kind of its targets. */
  readonly kind: MemberKind;
  /** Absent parameters are absent in the exchange, too. */
  readonly audience: string | undefined;
  readonly scope: string | undefined;
  /** For ID tokens. */
  readonly resource: string | undefined;
  readonly isIdToken: boolean;
}

export interface Setting {
  readonly evaluateCondition: EvaluateCondition;
  /** Empty: callers of every project. */
  readonly projectNumbers: readonly number[];
  readonly ceilings: DelegationCeilings;
  readonly now: Date;
}

export type Decision =
  | { readonly outcome: 'granted'; readonly reason: 'granted'; readonly grant: AuthorizedGrant }
  | { readonly outcome: 'refused' | 'fault'; readonly reason: string; readonly detail: string | undefined };

export function decide(
  principal: Principal,
  wanted: Wanted,
  documents: GrantDocuments,
  { evaluateCondition, projectNumbers, ceilings, now }: Setting,
): Decision {
  try {
    const request = exchangeRequest(wanted);
    checkProject(principal, projectNumbers);
    const question = { principal, request, documents: decodeDocuments(documents), now };
    const grant =
      wanted.kind === 'user'
        ? authorizeDelegation(question, evaluateCondition, ceilings)
        : authorizeImpersonation(question, evaluateCondition);
    return { outcome: 'granted', reason: 'granted', grant };
  } catch (error) {
    if (error instanceof Refusal) return { outcome: 'refused', reason: error.reason, detail: error.detail };
    if (error instanceof Fault) return { outcome: 'fault', reason: error.reason, detail: error.detail };
    throw error;
  }
}

/** By way of the form that a caller would send, so that what is wrong with it is found as there. */
export function exchangeRequest({ kind, audience, scope, resource, isIdToken }: Wanted): ExchangeRequest {
  const parameters = {
    grant_type: TOKEN_EXCHANGE_GRANT_TYPE,
    // nobody verifies it here
    subject_token: 'supposed',
    subject_token_type: TOKEN_TYPES.idToken,
    requested_token_type: isIdToken ? TOKEN_TYPES.idToken : TOKEN_TYPES.accessToken,
    ...(audience !== undefined && { audience }),
    ...(scope !== undefined && { scope }),
    ...(resource !== undefined && { resource }),
  };
  return parseExchangeRequest(encodeForm(parameters), kind);
}
