/**
 * What `authorize` decided for the worker. There is no other way to an authorized grant, for tests neither.
 */

import type {
  AuthorizedAccessToken,
  AuthorizedDelegation,
  AuthorizedIdToken,
} from '../../../shared/grants/authorized-grant.ts';
import { authorizeDelegation, authorizeImpersonation } from '../../../shared/grants/authorize.ts';
import { createConditionEvaluator } from '../../../shared/grants/condition.ts';
import { verifiedWorker } from './callers.ts';
import {
  accessTokenRequest,
  ALICE,
  ALICE_GRANT,
  API,
  fleetDocument,
  idTokenRequest,
  question,
  TRAINER,
  TRAINER_GRANT,
} from './questions.ts';

interface Wanted {
  /** E-mail. */
  readonly target?: string;
  /** Laid over the usual grant. */
  readonly grant?: Readonly<Record<string, unknown>>;
}

const evaluate = createConditionEvaluator();

export async function authorizedAccessToken({
  target = TRAINER,
  grant,
}: Wanted = {}): Promise<AuthorizedAccessToken> {
  const serviceAccount = fleetDocument({ [`serviceAccount:${target}`]: { ...TRAINER_GRANT, ...grant } });
  const asked = question(await verifiedWorker(), accessTokenRequest(), { serviceAccount });
  const decided = authorizeImpersonation(asked, evaluate);
  if (decided.type !== 'access_token') throw new Error(`decided ${decided.type}`);
  return decided;
}

export async function authorizedIdToken({
  target = TRAINER,
  grant,
  audience = API,
}: Wanted & { readonly audience?: string } = {}): Promise<AuthorizedIdToken> {
  const stored = { ...TRAINER_GRANT, idTokenAudiences: [audience], ...grant };
  const serviceAccount = fleetDocument({ [`serviceAccount:${target}`]: stored });
  const asked = question(await verifiedWorker(), idTokenRequest({ resource: audience }), { serviceAccount });
  const decided = authorizeImpersonation(asked, evaluate);
  if (decided.type !== 'id_token') throw new Error(`decided ${decided.type}`);
  return decided;
}

export async function authorizedDelegation({
  target = ALICE,
  grant,
}: Wanted = {}): Promise<AuthorizedDelegation> {
  const stored = { ...ALICE_GRANT, ...grant };
  const serviceAccount = fleetDocument({ [`user:${target}`]: stored });
  const asked = question(await verifiedWorker(), accessTokenRequest(), { serviceAccount });
  const ceilings = { signers: [stored.signer], subjects: [target], scopes: stored.scopes };
  return authorizeDelegation(asked, evaluate, ceilings);
}
