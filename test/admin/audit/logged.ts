/**
 * Audit lines as the functions write them, by their own code, and as logs hand them out.
 */

import { createExchange } from '../../../shared/exchange.ts';
import { createAudit } from '../../../shared/audit.ts';
import {
  authorizeDelegation,
  authorizeImpersonation,
  type AuthorizationQuestion,
} from '../../../shared/grants/authorize.ts';
import type { AuthorizedGrant } from '../../../shared/grants/authorized-grant.ts';
import type { DelegationCeilings } from '../../../shared/grants/ceilings.ts';
import { createConditionEvaluator } from '../../../shared/grants/condition.ts';
import type { GrantDocuments } from '../../../shared/grants/grant-store.ts';
import type { Principal } from '../../../shared/identity/principal.ts';
import type { MemberKind } from '../../../shared/member.ts';
import { encodeForm, TOKEN_EXCHANGE_GRANT_TYPE, TOKEN_TYPES } from '../../../shared/protocol.ts';
import { AccessToken } from '../../../shared/tokens.ts';
import { NOW } from '../../support/domain/clock.ts';

export interface Asked {
  readonly audience?: string | undefined;
  readonly scope?: string | undefined;
  readonly resource?: string | undefined;
  readonly isIdToken?: boolean;
}

export interface Exchanged {
  readonly kind: MemberKind;
  readonly documents: GrantDocuments;
  readonly ceilings?: DelegationCeilings;
  readonly asked: Asked;
  readonly principal: Principal;
  /** Thrown where a token would be verified. */
  readonly refusal?: unknown;
  /** Thrown where a token would be minted. */
  readonly fault?: unknown;
}

const NO_CEILINGS: DelegationCeilings = { signers: [], subjects: [], scopes: [] };

/** The line that one exchange leaves. */
export async function audited({
  kind,
  documents,
  ceilings = NO_CEILINGS,
  asked: { audience, scope, resource, isIdToken = false },
  principal,
  refusal,
  fault,
}: Exchanged): Promise<string> {
  const evaluateCondition = createConditionEvaluator();
  const lines: string[] = [];
  const exchange = createExchange({
    kind,
    budgetMs: 10_000,
    projectNumbers: [],
    verify: async () => {
      if (refusal !== undefined) throw refusal;
      return principal;
    },
    grants: { find: async () => documents },
    authorize: (question: AuthorizationQuestion): AuthorizedGrant =>
      kind === 'user'
        ? authorizeDelegation(question, evaluateCondition, ceilings)
        : authorizeImpersonation(question, evaluateCondition),
    nowMs: () => NOW.getTime(),
    mint: async () => {
      if (fault !== undefined) throw fault;
      return { token: new AccessToken('minted'), expiresAtMs: NOW.getTime() + 900_000, reused: false };
    },
    record: createAudit(kind === 'user' ? 'delegate' : 'impersonate', (line) => void lines.push(line)),
  });
  const body = encodeForm({
    grant_type: TOKEN_EXCHANGE_GRANT_TYPE,
    // nobody looks at it
    subject_token: 'a.b.c',
    subject_token_type: TOKEN_TYPES.idToken,
    requested_token_type: isIdToken ? TOKEN_TYPES.idToken : TOKEN_TYPES.accessToken,
    ...(audience !== undefined && { audience }),
    ...(scope !== undefined && { scope }),
    ...(resource !== undefined && { resource }),
  });
  await exchange({ receive: async () => body, receivedAt: performance.now(), trace: undefined });
  return lines.join('');
}

let entries = 0;

/** As Cloud Logging stores it. */
export function logEntry(
  line: string,
  at: Date = NOW,
  insertId = String((entries += 1)),
): Record<string, unknown> {
  const { severity, ...jsonPayload } = JSON.parse(line) as Record<string, unknown>;
  return {
    insertId,
    jsonPayload,
    logName: 'projects/acme-vending/logs/run.googleapis.com%2Fstdout',
    receiveTimestamp: at.toISOString(),
    resource: { type: 'cloud_run_revision', labels: { project_id: 'acme-vending' } },
    severity,
    timestamp: at.toISOString(),
  };
}
