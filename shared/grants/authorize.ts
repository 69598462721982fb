/**
 * The decision: may this principal have this token? Pure; documents, clock and ceilings come in.
 *
 * Order: kill switch, disabled, pin, grant, ceilings, expiry, condition, type and audience, scope; the document of the
 * instance is judged before that of the fleet, its own expiry together with whether it is disabled. Throws a `Refusal`,
 * or a `Fault` that names the stored document and the field which nobody can make sense of.
 */

import type { ExchangeRequest } from '../exchange-request.ts';
import { principalDocumentIds, type Principal } from '../identity/principal.ts';
import type { MemberKind } from '../member.ts';
import { Refusal } from '../refusal.ts';
import {
  authorizedGrant,
  type AuthorizedAccessToken,
  type AuthorizedDelegation,
  type AuthorizedIdToken,
  type AuthorizedImpersonation,
} from './authorized-grant.ts';
import { checkDelegationCeilings, type DelegationCeilings } from './ceilings.ts';
import { chooseGrant, type GrantOf } from './choose-grant.ts';
import type { ConditionInput, EvaluateCondition } from './condition.ts';
import type { DecodedDocuments } from './decoded-documents.ts';
import {
  cloudPlatformCoverage,
  effectiveScopes,
  exactCoverage,
  type ScopeCoverage,
} from './effective-scopes.ts';
import type { ServiceAccountGrant } from './grant.ts';
import { checkGrantIsLive, checkPrincipalIsLive, checkTargetIsLive } from './kill-switch.ts';
import type { PrincipalDocument } from './principal-document.ts';
import { malformedDocument } from './stored-document.ts';

export interface AuthorizationQuestion {
  readonly principal: Principal;
  readonly request: ExchangeRequest;
  readonly documents: DecodedDocuments;
  readonly now: Date;
}

/** What both functions decide alike. */
interface Decided<Kind extends MemberKind> {
  readonly grant: GrantOf<Kind>;
  /** Effective scopes; none for an ID token, and maybe none where none of those asked for is granted. */
  readonly scopes: readonly string[];
  /** Until the nearest expiry that the grant stands under; infinite where there is none. */
  readonly secondsLeft: number;
}

interface KindRules<Kind extends MemberKind> {
  readonly kind: Kind;
  readonly covers: ScopeCoverage;
  readonly checkCeilings: (grant: GrantOf<Kind>) => void;
  readonly evaluateCondition: EvaluateCondition;
}

export function authorizeImpersonation(
  question: AuthorizationQuestion,
  evaluateCondition: EvaluateCondition,
): AuthorizedImpersonation {
  const decided = decide(question, {
    kind: 'serviceAccount',
    covers: cloudPlatformCoverage,
    checkCeilings: () => undefined,
    evaluateCondition,
  });
  return question.request.tokenType === 'id_token'
    ? idToken(decided.grant, question.request)
    : accessToken(decided, question.request);
}

export function authorizeDelegation(
  question: AuthorizationQuestion,
  evaluateCondition: EvaluateCondition,
  ceilings: DelegationCeilings,
): AuthorizedDelegation {
  const { grant, scopes } = decide(question, {
    kind: 'user',
    covers: exactCoverage,
    checkCeilings: (candidate) => checkDelegationCeilings(candidate, ceilings),
    evaluateCondition,
  });
  checkAccessTokenRequest(question.request, scopes);
  const { path: grantPath, target, signer } = grant;
  return authorizedGrant({ type: 'delegation', grantPath, target, scopes, signer });
}

function decide<Kind extends MemberKind>(
  question: AuthorizationQuestion,
  rules: KindRules<Kind>,
): Decided<Kind> {
  const { principal, request, documents, now } = question;
  const ids = principalDocumentIds(principal);
  const killSwitch = documents.killSwitch();
  checkPrincipalIsLive(killSwitch, [ids.instance, ids.serviceAccount]);
  if (request.target !== undefined) checkTargetIsLive(killSwitch, request.target.member);

  const envelopes = documents.envelopes();
  for (const envelope of envelopes) checkEnvelope(envelope, principal, now);

  const grant = chooseGrant(envelopes, request.target, rules.kind);
  checkTargetIsLive(killSwitch, grant.target.member);
  checkGrantIsLive(killSwitch, grant);
  rules.checkCeilings(grant);
  const secondsLeft = secondsUntilExpiry([grant, ...envelopes], now);
  if (secondsLeft < 1) throw new Refusal('grant_expired', grant.path);

  const scopes =
    request.tokenType === 'id_token' ? [] : effectiveScopes(grant.scopes, request.scopes, rules.covers);
  checkCondition(grant, { principal, target: grant.target, scopes, now }, rules.evaluateCondition);
  return { grant, scopes, secondsLeft };
}

/** What is wrong with either document refuses everything, whichever of them holds the grant. */
function checkEnvelope(document: PrincipalDocument, principal: Principal, now: Date): void {
  if (document.disabled) throw new Refusal('principal_disabled', document.path);
  if (secondsUntilExpiry([document], now) < 1) throw new Refusal('principal_expired', document.path);
  if (document.uniqueId !== undefined && document.uniqueId !== principal.uniqueId) {
    throw new Refusal('principal_pin_mismatch', document.path);
  }
}

function secondsUntilExpiry(limits: readonly { readonly expiresAt?: Date | undefined }[], now: Date): number {
  const expiries = limits.flatMap(({ expiresAt }) => expiresAt?.getTime() ?? []);
  return Math.floor((Math.min(...expiries) - now.getTime()) / 1000);
}

function checkCondition(
  grant: GrantOf<MemberKind>,
  input: ConditionInput,
  evaluateCondition: EvaluateCondition,
): void {
  if (grant.condition === undefined) return;
  const result = evaluateCondition(grant.condition, input);
  if ('problem' in result) {
    throw malformedDocument(grant.path, `grants.${grant.target.member}.condition`, result.problem);
  }
  if (!result.holds) throw new Refusal('condition_false', grant.path);
}

function idToken(grant: ServiceAccountGrant, { resource }: ExchangeRequest): AuthorizedIdToken {
  if (resource === undefined) throw new Refusal('resource_missing');
  if (!grant.idTokenAudiences.includes(resource)) throw new Refusal('resource_not_granted');
  const { path: grantPath, target, delegates } = grant;
  return authorizedGrant({ type: 'id_token', grantPath, target, scopes: [], audience: resource, delegates });
}

function accessToken(
  { grant, scopes, secondsLeft }: Decided<'serviceAccount'>,
  request: ExchangeRequest,
): AuthorizedAccessToken {
  checkAccessTokenRequest(request, scopes);
  const { path: grantPath, target, delegates } = grant;
  const lifetimeSeconds = Math.min(grant.lifetimeSeconds, secondsLeft);
  return authorizedGrant({ type: 'access_token', grantPath, target, scopes, delegates, lifetimeSeconds });
}

/** An access token is bound to no audience (RFC 8707): giving one to who asked for less would widen. */
function checkAccessTokenRequest({ resource }: ExchangeRequest, scopes: readonly string[]): void {
  if (resource !== undefined) throw new Refusal('resource_for_access_token');
  if (scopes.length === 0) throw new Refusal('scope_not_granted');
}
