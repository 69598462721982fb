/**
 * What the VM's identity token says: exactly what a function will look at.
 */

import { MetadataUnreachable, type MetadataClient } from '../../refresher/vending/metadata-client.ts';
import { decodeCompactJwt } from '../../shared/identity/compact-jwt.ts';
import { parseComputeClaims, type ComputeClaims } from '../../shared/identity/compute-claims.ts';
import { Refusal } from '../../shared/refusal.ts';
import type { IdentityToken } from '../../shared/tokens.ts';
import { failed, ok, type Check } from './check.ts';
import { never } from './patient.ts';

/** Only its claims ever leave this file. Throws a `Refusal`, as a function would. */
export function claimsOf(token: IdentityToken, audience: string): ComputeClaims {
  const { claims } = decodeCompactJwt(token.reveal());
  const { iat } = claims;
  // whether the clock here is right is another layer
  return parseComputeClaims(claims, { audiences: [audience], nowSeconds: Number(iat) });
}

export interface IdentityFound {
  readonly check: Check;
  /** Of the VM's service account; what the platform has to let through. */
  readonly email: string | undefined;
}

export async function identityCheck(metadata: MetadataClient, audience: string): Promise<IdentityFound> {
  try {
    const { email, uniqueId, instance } = claimsOf(await metadata.identityToken(audience, never()), audience);
    const vm = `${instance.name} (instance:${instance.projectNumber}:${instance.id}) in ${instance.zone}`;
    const found = `an identity token for ${audience} says ${email} (${uniqueId}) on ${vm}`;
    return { check: ok('identity', found), email };
  } catch (error) {
    return { check: identityFailure(error, audience), email: undefined };
  }
}

function identityFailure(error: unknown, audience: string): Check {
  if (error instanceof Refusal) {
    return failed(
      'identity',
      `a function would refuse the identity token for ${audience}: ${error.reason}`,
      `docs/troubleshooting.md#${error.reason} says what to do`,
    );
  }
  if (!(error instanceof MetadataUnreachable)) throw error;
  return failed(
    'identity',
    error.message,
    'gcloud compute instances set-service-account VM --zone=ZONE --service-account=EMAIL --scopes=cloud-platform',
  );
}
