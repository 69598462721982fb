/**
 * What a log tells about the question that was decided: who asked, and for what. Pure.
 */

import type { Principal } from '../../shared/identity/principal.ts';
import { REFUSALS } from '../../shared/refusal.ts';
import { supposedPrincipal } from '../documents/supposed-principal.ts';
import type { Wanted } from '../explain/decide.ts';
import type { Caller, Decision } from './recorded.ts';

/** Refusals that look like those of a grant, and are of the function that was asked, or of the kill switch. */
const BY_SETTINGS =
  /^(?:kill_switch_\w+|project_not_allowed|resource_for_access_token|target_kind_mismatch)$/;

/** What conditions may ask for and no audit line has. */
export const UNRECORDED = /\binstance\.(?:projectId|createdAt|confidential)\b/;

/** Whether a grants file has no say in it: what was asked for and by whom, the kill switch, ceilings, an outage. */
export function isDecidedElsewhere({ outcome, reason, grant }: Decision, knowsCeilings: boolean): boolean {
  if (outcome === 'granted' || grant !== undefined) return false;
  if (outcome === 'fault') return reason !== 'document_malformed';
  if (BY_SETTINGS.test(reason) || (!knowsCeilings && reason.startsWith('ceiling_'))) return true;
  const refusal = Object.entries(REFUSALS).find(([name]) => name === reason)?.[1];
  return refusal?.error !== 'invalid_target' && refusal?.error !== 'invalid_scope';
}

export function principalOf(caller: Caller): Principal {
  const { serviceAccount, uniqueId, projectNumber, instanceId, instanceName, zone } = caller;
  return supposedPrincipal({
    serviceAccount,
    uniqueId,
    instance: {
      id: instanceId,
      name: instanceName,
      zone,
      projectNumber,
      // a condition that asks for one of these is not answered
      projectId: '',
      createdAt: new Date(0),
      confidential: false,
    },
  });
}

export function wantedBy({
  target,
  function: functionName,
  tokenType,
  scopes = [],
  resource,
}: Decision): Wanted {
  return {
    kind: functionName === 'delegate' ? 'user' : 'serviceAccount',
    audience: target,
    scope: scopes.length === 0 ? undefined : scopes.join(' '),
    resource,
    isIdToken: tokenType === 'id_token',
  };
}
