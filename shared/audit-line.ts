/**
 * What every audit line has, in the JSON that Cloud Logging understands: who asked, how it ended and why, how long it
 * took. https://cloud.google.com/logging/docs/structured-logging
 */

import type { CallContext } from './call-context.ts';
import { toFault } from './fault.ts';
import type { Principal } from './identity/principal.ts';
import { readUnverifiedClaims } from './identity/unverified-claims.ts';
import { loggableCauses, loggableFrames, loggableText } from './loggable.ts';
import { Refusal } from './refusal.ts';
import type { IdentityToken } from './tokens.ts';

export interface Ending {
  /** Absent: there is an answer that is no error. */
  readonly error?: unknown;
  readonly durationMs: number;
  readonly upstreamMs: CallContext['upstreamMs'];
  /** Resource name of the request's trace, validated. */
  readonly trace: string | undefined;
}

/** Takes one line, newline included, and fails where it could not be written. */
export type WriteLine = (line: string) => void | Promise<void>;

export type Severity = 'INFO' | 'WARNING' | 'ERROR';

/** The way of an error into a line. */
export interface Failure {
  readonly severity: Exclude<Severity, 'INFO'>;
  readonly outcome: 'refused' | 'fault';
  readonly reason: string;
  readonly detail?: string | undefined;
  readonly cause?: readonly string[] | undefined;
}

export function describeFailure(error: unknown): Failure {
  if (error instanceof Refusal) {
    const detail = error.detail && loggableText(error.detail);
    return { severity: 'WARNING', outcome: 'refused', reason: error.reason, detail };
  }
  const fault = toFault(error);
  const frames = fault.reason === 'internal' ? loggableFrames(fault.cause) : [];
  const cause = [...loggableCauses(fault.cause), ...frames];
  return { severity: 'ERROR', outcome: 'fault', reason: fault.reason, detail: fault.detail, cause };
}

/** Who asked: once verified the principal, until then what the token claims. */
export function describeCaller(
  functionName: string,
  principal: Principal | undefined,
  request: { readonly subjectToken: IdentityToken } | undefined,
): Record<string, unknown> {
  return {
    function: functionName,
    principal: principal && describePrincipal(principal),
    unverified: principal === undefined && request ? readUnverifiedClaims(request.subjectToken) : undefined,
  };
}

export function nameCaller(principal: Principal | undefined): string {
  return principal ? `${principal.serviceAccount} on ${principal.instance.name}` : 'an unverified caller';
}

export function describeTimes({ durationMs, upstreamMs, trace }: Ending): Record<string, unknown> {
  return {
    durationMs: roundMs(durationMs),
    upstreamMs: Object.fromEntries(Object.entries(upstreamMs).map(([name, ms]) => [name, roundMs(ms)])),
    'logging.googleapis.com/trace': trace,
  };
}

function describePrincipal({ serviceAccount, uniqueId, instance }: Principal): Record<string, unknown> {
  const { projectNumber, id: instanceId, name: instanceName, zone } = instance;
  return { serviceAccount, uniqueId, projectNumber, instanceId, instanceName, zone };
}

function roundMs(ms: number): number {
  return Math.round(ms * 100) / 100;
}
