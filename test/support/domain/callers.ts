/**
 * A VM that calls the functions: its identity tokens, signed as Google signs them, and the principal that verification
 * makes of one. There is no other way to a principal, for tests neither.
 */

import type { GoogleKeys, RsaJwk } from '../../../shared/identity/google-keys.ts';
import type { Principal } from '../../../shared/identity/principal.ts';
import { createIdentityTokenVerifier } from '../../../shared/identity/verify-identity-token.ts';
import { Refusal } from '../../../shared/refusal.ts';
import { IdentityToken } from '../../../shared/tokens.ts';
import { identityTokenClaims, type VmIdentity, type VmInstance } from '../google/identity-token-claims.ts';
import { signToken, type TokenToSign } from '../google/jwt.ts';
import { createRsaKeySource, type RsaKey } from '../google/rsa-keys.ts';
import { NOW } from './clock.ts';
import { callContext } from './contexts.ts';

export const AUDIENCE = 'https://impersonate.vending.example/v1/token';

export const WORKER = {
  serviceAccount: 'worker@acme-workers.iam.gserviceaccount.com',
  uniqueId: '109422233875895820585',
  instance: {
    id: '2875949485074006138',
    name: 'worker-1',
    zone: 'us-central1-a',
    projectId: 'acme-workers',
    projectNumber: 326694433618,
    createdAt: Date.parse('2026-02-28T09:00:00Z') / 1000,
  },
} as const satisfies VmIdentity;

/** The ids of the documents that speak about the worker. */
export const WORKER_IDS = {
  instance: 'instance:326694433618:2875949485074006138',
  serviceAccount: 'serviceAccount:worker@acme-workers.iam.gserviceaccount.com',
} as const;

let made: RsaKey | undefined;

/** Google's key, made when it is first used: that costs a tenth of a second. */
export function googleKey(): RsaKey {
  return (made ??= createRsaKeySource()());
}

/** The claims of a token that Google gave the worker now; `overrides` replace, or leave out what is undefined. */
export function workerClaims(
  overrides: Readonly<Record<string, unknown>> = {},
  instance: Partial<VmInstance> = {},
): Record<string, unknown> {
  const vm = { ...WORKER, instance: { ...WORKER.instance, ...instance } };
  return identityTokenClaims(vm, AUDIENCE, NOW.getTime() / 1000, overrides);
}

/** A token of the worker, as Google signed it now unless the test says otherwise. */
export function workerToken(token: TokenToSign = {}): IdentityToken {
  return new IdentityToken(signToken({ claims: workerClaims(), ...token }, googleKey()));
}

/** A set of one key, which never has to be fetched. */
export const oneGoogleKey: GoogleKeys = {
  async find(kid) {
    const { jwk } = googleKey();
    if (kid !== jwk.kid) throw new Refusal('token_key_unknown');
    const { kty, alg, n, e } = jwk;
    return { kty, alg, kid, n, e } satisfies RsaJwk;
  },
  warm: () => undefined,
};

/** The worker, verified; another VM of its service account where the test changes the instance. */
export async function verifiedWorker(instance: Partial<VmInstance> = {}): Promise<Principal> {
  const verify = createIdentityTokenVerifier({
    keys: oneGoogleKey,
    audiences: [AUDIENCE],
    nowMs: () => NOW.getTime(),
  });
  return verify(workerToken({ claims: workerClaims({}, instance) }), callContext());
}
