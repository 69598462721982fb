/**
 * The audit line: one for each decision, in the JSON that Cloud Logging understands.
 * https://cloud.google.com/logging/docs/structured-logging
 *
 * It holds who asked, what was decided and why, and of a token its SHA-256 alone.
 */

import { hash } from 'node:crypto';
import type { CallContext } from './call-context.ts';
import type { ExchangeRequest } from './exchange-request.ts';
import { toFault } from './fault.ts';
import type { AuthorizedGrant } from './grants/authorized-grant.ts';
import type { Principal } from './identity/principal.ts';
import { readUnverifiedClaims } from './identity/unverified-claims.ts';
import { loggableCauses, loggableFrames, loggableText } from './loggable.ts';
import type { Minted } from './minting/token-cache.ts';
import { Refusal } from './refusal.ts';

/** What an exchange had found out by the time it ended. */
export interface Findings {
  request?: ExchangeRequest;
  principal?: Principal;
  grant?: AuthorizedGrant;
  minted?: Minted;
  expiresInSeconds?: number;
}

export interface Decision {
  readonly findings: Findings;
  /** Absent: granted. */
  readonly error?: unknown;
  readonly durationMs: number;
  readonly upstreamMs: CallContext['upstreamMs'];
  /** Resource name of the request's trace, validated. */
  readonly trace: string | undefined;
}

/** Done once the line is written; fails where it could not be, and then nothing may be handed out. */
export type Audit = (decision: Decision) => void | Promise<void>;

/** @param write takes one line, newline included, and fails where it could not be written */
export function createAudit(functionName: string, write: (line: string) => void | Promise<void>): Audit {
  return (decision) => write(`${JSON.stringify(auditEvent(functionName, decision))}\n`);
}

function auditEvent(functionName: string, decision: Decision): Record<string, unknown> {
  const { findings, durationMs, upstreamMs, trace } = decision;
  const { request, principal, grant, minted } = findings;
  const outcome = describeOutcome(decision);
  const target = grant?.target.member ?? request?.target?.member;
  return {
    severity: outcome.severity,
    message: sentence(functionName, outcome, principal, target),
    event: 'token_decision',
    outcome: outcome.outcome,
    reason: outcome.reason,
    detail: outcome.detail,
    cause: outcome.cause,
    function: functionName,
    principal: principal && describePrincipal(principal),
    unverified: principal === undefined && request ? readUnverifiedClaims(request.subjectToken) : undefined,
    target,
    grant: grant?.grantPath,
    tokenType: request?.tokenType,
    scopes: grant?.scopes,
    resource: grant?.type === 'id_token' ? grant.audience : undefined,
    lifetimeSeconds: findings.expiresInSeconds,
    tokenSha256: minted && hash('sha256', minted.token.reveal(), 'hex'),
    reused: minted?.reused,
    durationMs: roundMs(durationMs),
    upstreamMs: Object.fromEntries(Object.entries(upstreamMs).map(([name, ms]) => [name, roundMs(ms)])),
    'logging.googleapis.com/trace': trace,
  };
}

interface Outcome {
  readonly severity: 'INFO' | 'WARNING' | 'ERROR';
  readonly outcome: 'granted' | 'refused' | 'fault';
  readonly reason: string;
  readonly detail?: string | undefined;
  readonly cause?: readonly string[] | undefined;
}

function describeOutcome({ error }: Decision): Outcome {
  if (error === undefined) return { severity: 'INFO', outcome: 'granted', reason: 'granted' };
  if (error instanceof Refusal) {
    const detail = error.detail && loggableText(error.detail);
    return { severity: 'WARNING', outcome: 'refused', reason: error.reason, detail };
  }
  const fault = toFault(error);
  const frames = fault.reason === 'internal' ? loggableFrames(fault.cause) : [];
  const cause = [...loggableCauses(fault.cause), ...frames];
  return { severity: 'ERROR', outcome: 'fault', reason: fault.reason, detail: fault.detail, cause };
}

function describePrincipal({ serviceAccount, uniqueId, instance }: Principal): Record<string, unknown> {
  const { projectNumber, id: instanceId, name: instanceName, zone } = instance;
  return { serviceAccount, uniqueId, projectNumber, instanceId, instanceName, zone };
}

function sentence(
  functionName: string,
  { outcome, reason }: Outcome,
  principal?: Principal,
  target?: string,
): string {
  const caller = principal
    ? `${principal.serviceAccount} on ${principal.instance.name}`
    : 'an unverified caller';
  const wanted = target ?? 'its target';
  if (outcome === 'granted') return `${functionName}: ${caller} became ${wanted}`;
  if (outcome === 'refused') return `${functionName}: ${caller} was refused ${wanted}: ${reason}`;
  return `${functionName}: the exchange of ${caller} for ${wanted} failed: ${reason}`;
}

function roundMs(ms: number): number {
  return Math.round(ms * 100) / 100;
}
