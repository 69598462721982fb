/**
 * Both functions in this process: the domain as it is deployed, with a clock that stands still, grants in memory, and a
 * mint that only remembers what it was asked for.
 */

import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { readBody } from '../../functions/request-body.ts';
import { refusalOfHead } from '../../functions/request-head.ts';
import { createAudit } from '../../shared/audit.ts';
import { createExchange, type Answer, type ExchangeSteps } from '../../shared/exchange.ts';
import { authorizeDelegation, authorizeImpersonation } from '../../shared/grants/authorize.ts';
import type { AuthorizedGrant } from '../../shared/grants/authorized-grant.ts';
import { createConditionEvaluator } from '../../shared/grants/condition.ts';
import { KILL_SWITCH_PATH, PRINCIPALS } from '../../shared/grants/grant-store.ts';
import { createGoogleKeys } from '../../shared/identity/google-keys.ts';
import { parseKeySet } from '../../shared/identity/key-set.ts';
import { createIdentityTokenVerifier } from '../../shared/identity/verify-identity-token.ts';
import { AccessToken } from '../../shared/tokens.ts';
import type { FakeGoogle } from '../support/google/fake-google.ts';
import {
  ALICE,
  AUDIENCES,
  DRIVE_READONLY,
  PROJECT_NUMBER,
  SIGNER,
  type FunctionName,
} from '../support/world/world.ts';
import type { VectorRequest } from './request-vectors.ts';

/** By path: `principals/ID`, `controls/kill-switch`. */
export type Documents = Readonly<Record<string, unknown>>;

export interface Outcome extends Answer {
  /** Every audit line that the exchange left. */
  readonly audit: readonly Readonly<Record<string, unknown>>[];
  readonly auditText: string;
  /** Everything that the mint was asked for. */
  readonly minted: readonly AuthorizedGrant[];
}

export type Vend = (
  functionName: FunctionName,
  request: VectorRequest,
  documents: Documents,
) => Promise<Outcome>;

export const MINTED_TOKEN = 'ya29.minted-for-a-vector';

const CEILINGS = { signers: [SIGNER], subjects: [ALICE, '@example.com'], scopes: [DRIVE_READONLY] };

export function createVending(google: FakeGoogle, nowMs: () => number): Vend {
  const evaluateCondition = createConditionEvaluator();
  const keySet = { status: 200, headers: {}, body: JSON.stringify(google.keys.jwks()) };
  const fetchKeySet = async () => parseKeySet({ ...keySet, retryAfterSeconds: undefined });
  const keys = createGoogleKeys({ fetchKeySet, nowMs });
  const verify = {
    impersonate: createIdentityTokenVerifier({ keys, audiences: [AUDIENCES.impersonate], nowMs }),
    delegate: createIdentityTokenVerifier({ keys, audiences: [AUDIENCES.delegate], nowMs }),
  };

  return async (functionName, request, documents) => {
    const lines: string[] = [];
    const minted: AuthorizedGrant[] = [];
    const steps: Omit<ExchangeSteps<AuthorizedGrant>, 'kind' | 'authorize'> = {
      budgetMs: 5_000,
      projectNumbers: [PROJECT_NUMBER],
      verify: verify[functionName],
      grants: {
        find: async (ids) => ({
          instance: stored(documents, `${PRINCIPALS}/${ids.instance}`),
          serviceAccount: stored(documents, `${PRINCIPALS}/${ids.serviceAccount}`),
          killSwitch: stored(documents, KILL_SWITCH_PATH),
        }),
      },
      mint: async (grant) => {
        minted.push(grant);
        return { token: new AccessToken(MINTED_TOKEN), expiresAtMs: nowMs() + 3_600_000, reused: false };
      },
      record: createAudit(functionName, (line) => void lines.push(line)),
      nowMs,
    };
    const exchange =
      functionName === 'impersonate'
        ? createExchange({
            ...steps,
            kind: 'serviceAccount',
            authorize: (question) => authorizeImpersonation(question, evaluateCondition),
          })
        : createExchange({
            ...steps,
            kind: 'user',
            authorize: (question) => authorizeDelegation(question, evaluateCondition, CEILINGS),
          });

    const answer = await exchange({
      receive: (signal) => receive(request, signal),
      receivedAt: performance.now(),
      trace: undefined,
    });
    const audit = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    return { ...answer, audit, auditText: lines.join(''), minted };
  };
}

function stored(documents: Documents, path: string) {
  return Object.hasOwn(documents, path) ? { path, data: documents[path] } : undefined;
}

/** What the function does to a request before it is parsed, without a server around it. */
async function receive({ method, path, headers, body }: VectorRequest, signal: AbortSignal): Promise<string> {
  const refusal = refusalOfHead({ method, url: path, headers });
  if (refusal !== undefined) throw refusal;
  return readBody(Readable.from([body]) as IncomingMessage, signal);
}
