/**
 * The audit line of an exchange: what was decided and why, and of a token its SHA-256 alone.
 */

import { hash } from 'node:crypto';
import {
  describeCaller,
  describeFailure,
  describeTimes,
  nameCaller,
  type Ending,
  type Failure,
  type WriteLine,
} from './audit-line.ts';
import type { ExchangeRequest } from './exchange-request.ts';
import type { AuthorizedGrant } from './grants/authorized-grant.ts';
import type { Principal } from './identity/principal.ts';
import type { Minted } from './minting/token-cache.ts';

/** What an exchange had found out by the time it ended. */
export interface Findings {
  request?: ExchangeRequest;
  principal?: Principal;
  grant?: AuthorizedGrant;
  minted?: Minted;
  expiresInSeconds?: number;
}

/** Without an error: granted. */
export interface Decision extends Ending {
  readonly findings: Findings;
}

/** Done once the line is written; fails where it could not be, and then nothing may be handed out. */
export type Audit = (decision: Decision) => void | Promise<void>;

export function createAudit(functionName: string, write: WriteLine): Audit {
  return (decision) => write(`${JSON.stringify(auditEvent(functionName, decision))}\n`);
}

const GRANTED = { severity: 'INFO', outcome: 'granted', reason: 'granted' } as const;

function auditEvent(functionName: string, decision: Decision): Record<string, unknown> {
  const { request, principal, grant, minted, expiresInSeconds } = decision.findings;
  const ending = decision.error === undefined ? GRANTED : describeFailure(decision.error);
  const { severity, ...rest } = ending;
  const target = grant?.target.member ?? request?.target?.member;
  return {
    severity,
    message: sentence(functionName, ending, principal, target),
    event: 'token_decision',
    ...rest,
    ...describeCaller(functionName, principal, request),
    target,
    grant: grant?.grantPath,
    tokenType: request?.tokenType,
    scopes: grant?.scopes,
    resource: grant?.type === 'id_token' ? grant.audience : undefined,
    lifetimeSeconds: expiresInSeconds,
    tokenSha256: minted && hash('sha256', minted.token.reveal(), 'hex'),
    reused: minted?.reused,
    ...describeTimes(decision),
  };
}

function sentence(
  functionName: string,
  { outcome, reason }: Failure | typeof GRANTED,
  principal?: Principal,
  target?: string,
): string {
  const caller = nameCaller(principal);
  const wanted = target ?? 'its target';
  if (outcome === 'granted') return `${functionName}: ${caller} became ${wanted}`;
  if (outcome === 'refused') return `${functionName}: ${caller} was refused ${wanted}: ${reason}`;
  return `${functionName}: the exchange of ${caller} for ${wanted} failed: ${reason}`;
}
