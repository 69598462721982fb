/**
 * The principal: a verified caller, which is a VM and the service account attached to it.
 *
 * Only `verifyIdentityToken` makes one; the brand is not exported, so that no other code can.
 */

import { isServiceAccountEmail } from '../member.ts';
import type { ComputeClaims } from './compute-claims.ts';

declare const verified: unique symbol;

export interface Principal {
  readonly [verified]: true;
  /** E-mail of the attached service account. */
  readonly serviceAccount: string;
  /** Its numeric id, which Google never reuses. */
  readonly uniqueId: string;
  readonly instance: {
    /** Decimal uint64, as a string: it does not fit a number. Never reused, unlike the name. */
    readonly id: string;
    readonly name: string;
    /** Short form, `us-central1-a`. */
    readonly zone: string;
    readonly region: string;
    readonly projectId: string;
    readonly projectNumber: number;
    readonly createdAt: Date;
    readonly confidential: boolean;
  };
}

/** For `verify-identity-token.ts` alone: the claims must come from a token whose signature was checked. */
export function principalOfVerifiedClaims(claims: ComputeClaims): Principal {
  const { instance } = claims;
  const principal: Omit<Principal, typeof verified> = {
    serviceAccount: claims.email,
    uniqueId: claims.uniqueId,
    instance: { ...instance, region: instance.zone.slice(0, instance.zone.lastIndexOf('-')) },
  };
  return principal as Principal;
}

/** The ids of the two documents under `principals/` that speak about a principal. */
export function principalDocumentIds(principal: Principal): {
  readonly instance: string;
  readonly serviceAccount: string;
} {
  return {
    instance: `instance:${principal.instance.projectNumber}:${principal.instance.id}`,
    serviceAccount: `serviceAccount:${principal.serviceAccount}`,
  };
}

/** Whether a document under `principals/` of that id could speak about anybody. */
export function isPrincipalDocumentId(id: string): boolean {
  if (id.startsWith('serviceAccount:')) return isServiceAccountEmail(id.slice('serviceAccount:'.length));
  return /^instance:[1-9]\d{0,14}:[1-9]\d{0,19}$/.test(id);
}
