/**
 * What an exchange would ask of Google: from the decision where it is granted, otherwise from what is stored and asked for.
 * Pure.
 */

import type { GrantDocuments } from '../../shared/grants/grant-store.ts';
import { parseAudience } from '../../shared/member.ts';
import { listOfTexts } from '../documents/list-of-texts.ts';
import type { Decision, Wanted } from './decide.ts';
import { chosenGrant } from './stored-grants.ts';

export interface ImpersonationWish {
  readonly kind: 'impersonation';
  readonly runtime: string;
  readonly target: string;
  /** In the order of the chain. */
  readonly delegates: readonly string[];
  readonly permission: 'iam.serviceAccounts.getAccessToken' | 'iam.serviceAccounts.getOpenIdToken';
}

export interface DelegationWish {
  readonly kind: 'delegation';
  readonly runtime: string;
  readonly signer: string;
  readonly user: string;
  readonly scopes: readonly string[];
}

export type Wish = ImpersonationWish | DelegationWish;

/** `undefined`: nothing would be asked, as no target is known, or no signer of it. */
export function wishOf(
  decision: Decision,
  wanted: Wanted,
  documents: GrantDocuments,
  runtime: string,
): Wish | undefined {
  const granted = decision.outcome === 'granted' ? decision.grant : undefined;
  const target = granted?.target ?? parseAudience(wanted.audience ?? '');
  if (target === undefined || target.kind !== wanted.kind) return undefined;
  const stored = chosenGrant(documents, wanted)?.grant ?? {};
  if (target.kind === 'user') {
    const signer = granted?.type === 'delegation' ? granted.signer : stored['signer'];
    if (typeof signer !== 'string') return undefined;
    const scopes = granted?.scopes ?? listOfTexts(stored['scopes']);
    return { kind: 'delegation', runtime, signer, user: target.email, scopes };
  }
  return {
    kind: 'impersonation',
    runtime,
    target: target.email,
    delegates:
      granted === undefined || granted.type === 'delegation'
        ? listOfTexts(stored['delegates'])
        : granted.delegates,
    permission: wanted.isIdToken
      ? 'iam.serviceAccounts.getOpenIdToken'
      : 'iam.serviceAccounts.getAccessToken',
  };
}
