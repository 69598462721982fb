/**
 * Who is asked about: from the claims of an identity token, or from flags. Pure. A token is taken apart and not verified,
 * and of what is in it nothing but its claims is ever shown.
 */

import { decodeCompactJwt } from '../../shared/identity/compact-jwt.ts';
import { parseComputeClaims } from '../../shared/identity/compute-claims.ts';
import { isServiceAccountEmail } from '../../shared/member.ts';
import { Refusal } from '../../shared/refusal.ts';
import { valueOf, type Invocation, type Options } from '../command-line/command.ts';
import type { Supposed } from '../documents/supposed-principal.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { badUsage, Failure } from '../failure.ts';

export const CALLER_OPTIONS = {
  'service-account': { value: 'EMAIL', help: "the caller's service account" },
  'unique-id': { value: 'ID', help: 'its numeric id (default: whatever the document is pinned to)' },
  'instance-id': { value: 'ID', help: "the VM's numeric id (default: 1)" },
  'instance-name': { value: 'NAME', help: 'its name (default: vm)' },
  zone: { value: 'ZONE', help: 'its zone (default: us-central1-a)' },
  'project-id': { value: 'ID', help: "its project's id (default: that of the service account)" },
  'project-number': { value: 'NUMBER', help: "its project's number (default: 1)" },
  'created-at': { value: 'TIME', help: 'when it was made, RFC 3339 (default: now)' },
  confidential: { value: '', help: 'it is a Confidential VM' },
} as const satisfies Options;

export interface Caller {
  readonly supposed: Supposed;
  /** What is not known but assumed, in words. */
  readonly assumptions: readonly string[];
}

/** Throws a `Failure`. */
export function callerOfToken(token: string, now: Date): Caller {
  try {
    const { claims } = decodeCompactJwt(token.trim());
    const { iat, aud, exp } = claims;
    const audiences = typeof aud === 'string' ? [aud] : [];
    // at the moment at which it was made: whether it has expired since is another question
    const at = typeof iat === 'number' ? iat : 0;
    const {
      email: serviceAccount,
      uniqueId,
      instance,
    } = parseComputeClaims(claims, { audiences, nowSeconds: at });
    const isExpired = typeof exp === 'number' && exp * 1000 <= now.getTime();
    const assumptions = [
      'the signature of the token is not checked here',
      ...(isExpired
        ? ['the token has expired: an exchange with it would be refused with token_expired']
        : []),
    ];
    return { supposed: { serviceAccount, uniqueId, instance }, assumptions };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const message = `the functions would refuse this identity token: ${error.reason}; docs/troubleshooting.md#${error.reason} says what to do`;
    throw new Failure(EXIT_CODES.badFile, message, { cause: error });
  }
}

/** Throws a `Failure`. */
export function callerOfFlags(invocation: Invocation, now: Date): Caller {
  const serviceAccount = valueOf(invocation, 'service-account');
  if (serviceAccount === undefined || !isServiceAccountEmail(serviceAccount)) {
    throw badUsage(
      "explain needs --token-file FILE, or --service-account EMAIL with the caller's e-mail in lower case",
    );
  }
  const createdAt = new Date(valueOf(invocation, 'created-at') ?? now);
  const projectNumber = Number(valueOf(invocation, 'project-number') ?? 1);
  if (Number.isNaN(createdAt.getTime()))
    throw badUsage('--created-at has to be a time such as 2027-01-01T00:00:00Z');
  if (!Number.isSafeInteger(projectNumber) || projectNumber < 1)
    throw badUsage('--project-number has to be a number, not an id');
  const given = (flag: keyof typeof CALLER_OPTIONS, otherwise: string) =>
    valueOf(invocation, flag) ?? otherwise;
  const assumed = [
    'unique-id',
    'instance-id',
    'project-number',
    'zone',
    'instance-name',
    'created-at',
  ].filter((flag) => valueOf(invocation, flag) === undefined);
  return {
    supposed: {
      serviceAccount,
      uniqueId: given('unique-id', ''),
      instance: {
        id: given('instance-id', '1'),
        name: given('instance-name', 'vm'),
        zone: given('zone', 'us-central1-a'),
        projectId: given('project-id', /@([^.]+)\./.exec(serviceAccount)?.[1] ?? 'project'),
        projectNumber,
        createdAt,
        confidential: valueOf(invocation, 'confidential') !== undefined,
      },
    },
    assumptions:
      assumed.length === 0
        ? []
        : [`not given, and so assumed: ${assumed.map((flag) => `--${flag}`).join(' ')}`],
  };
}
