/**
 * A principal that nobody has verified, to ask what would be decided about it. There is nothing here that could mint, and a
 * test keeps it so.
 */

import { principalOfVerifiedClaims, type Principal } from '../../shared/identity/principal.ts';

export interface Supposed {
  readonly serviceAccount: string;
  readonly uniqueId: string;
  readonly instance: {
    readonly id: string;
    readonly name: string;
    readonly zone: string;
    readonly projectId: string;
    readonly projectNumber: number;
    readonly createdAt: Date;
    readonly confidential: boolean;
  };
}

export function supposedPrincipal({ serviceAccount: email, uniqueId, instance }: Supposed): Principal {
  return principalOfVerifiedClaims({ email, uniqueId, instance, expiresAtSeconds: 0 });
}
