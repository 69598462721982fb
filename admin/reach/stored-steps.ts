/**
 * What one principal's documents grant it, judged by the functions' own code with conditions taken to hold. Pure.
 */

import type { ExchangeRequest } from '../../shared/exchange-request.ts';
import { Fault } from '../../shared/fault.ts';
import { authorizeDelegation, authorizeImpersonation } from '../../shared/grants/authorize.ts';
import type { DelegationCeilings } from '../../shared/grants/ceilings.ts';
import { decodeGrant, type Grant } from '../../shared/grants/grant.ts';
import type { StoredDocument } from '../../shared/grants/stored-document.ts';
import { Refusal } from '../../shared/refusal.ts';
import { IdentityToken } from '../../shared/tokens.ts';
import { isRecord } from '../../shared/unknown.ts';
import type { Caller } from './callers.ts';
import { powerOf } from './power.ts';
import type { Step, Terms } from './way.ts';

export interface Setting {
  /** One that is not known is taken to allow what is stored. */
  readonly ceilings: { readonly [Ceiling in keyof DelegationCeilings]: readonly string[] | undefined };
  readonly now: Date;
}

/** One for each target, the instance's grant before the fleet's, as the functions choose. */
export function storedSteps(caller: Caller, setting: Setting): readonly Step[] {
  const steps = new Map<string, Step>();
  for (const document of caller.stored) {
    for (const [member, stored] of Object.entries(grantsOf(document))) {
      if (!steps.has(member)) steps.set(member, stepOf(caller, document, member, stored, setting));
    }
  }
  return [...steps.values()];
}

export function grantsOf({ data }: StoredDocument): Readonly<Record<string, unknown>> {
  return isRecord(data) && isRecord(data['grants']) ? data['grants'] : {};
}

function stepOf(
  caller: Caller,
  { path }: StoredDocument,
  member: string,
  stored: unknown,
  setting: Setting,
): Step {
  try {
    const grant = decodeGrant(path, member, stored);
    const reason = reasonOf(() => authorize(caller, grant, setting));
    return { kind: 'grant', to: member, path, terms: termsOf(grant, caller), reason };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { kind: 'grant', to: member, path, reason: error.reason };
  }
}

function reasonOf(authorizeGrant: () => unknown): string | undefined {
  try {
    authorizeGrant();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal || error instanceof Fault) return error.reason;
    throw error;
  }
}

const holds = () => ({ holds: true });
const NOBODYS_TOKEN = new IdentityToken('supposed');

function authorize({ principal, documents }: Caller, grant: Grant, { ceilings, now }: Setting): unknown {
  const question = { principal, request: requestFor(grant), documents, now };
  if (grant.kind === 'serviceAccount') return authorizeImpersonation(question, holds);
  const { signer, scopes, target } = grant;
  return authorizeDelegation(question, holds, {
    signers: ceilings.signers ?? [signer],
    subjects: ceilings.subjects ?? [target.email],
    scopes: ceilings.scopes ?? scopes,
  });
}

/** For all that is granted; of a grant for ID tokens alone, one of them. */
function requestFor(grant: Grant): ExchangeRequest {
  const isForIdTokens = grant.kind === 'serviceAccount' && grant.scopes.length === 0;
  return {
    subjectToken: NOBODYS_TOKEN,
    tokenType: isForIdTokens ? 'id_token' : 'access_token',
    scopes: undefined,
    resource: isForIdTokens ? grant.idTokenAudiences[0] : undefined,
    target: grant.target,
  };
}

function termsOf(grant: Grant, { stored }: Caller): Terms {
  const { scopes, condition } = grant;
  const isAccount = grant.kind === 'serviceAccount';
  const expiries = [grant.expiresAt, ...stored.map(expiryOf)].flatMap((at) => at?.getTime() ?? []);
  return {
    power: powerOf(scopes),
    scopes,
    idTokenAudiences: isAccount ? grant.idTokenAudiences : [],
    lifetimeSeconds: isAccount && scopes.length > 0 ? grant.lifetimeSeconds : undefined,
    condition,
    expiresAt: expiries.length === 0 ? undefined : new Date(Math.min(...expiries)),
    signer: isAccount ? undefined : grant.signer,
    delegates: isAccount ? grant.delegates : [],
  };
}

function expiryOf({ data }: StoredDocument): Date | undefined {
  const at = isRecord(data) ? data['expiresAt'] : undefined;
  return at instanceof Date ? at : undefined;
}
