/**
 * What both functions stand on: keys, verification, grants, the function's own credentials, the audit line.
 */

import { createAudit, type Audit } from '../shared/audit.ts';
import { createCheckAudit, type CheckAudit } from '../shared/check-audit.ts';
import { createConditionEvaluator, type EvaluateCondition } from '../shared/grants/condition.ts';
import { createFileGrantStore } from '../shared/grants/file-grant-store.ts';
import type { GrantStore } from '../shared/grants/grant-store.ts';
import { Fault } from '../shared/fault.ts';
import { createSend, type Send } from '../shared/http/outbound.ts';
import { createGoogleKeys } from '../shared/identity/google-keys.ts';
import { parseKeySet } from '../shared/identity/key-set.ts';
import {
  createIdentityTokenVerifier,
  type VerifyIdentityToken,
} from '../shared/identity/verify-identity-token.ts';
import { createIamCredentials, type IamCredentials } from '../shared/minting/iam-credentials.ts';
import { createRuntimeCredentials, fetchMetadataToken } from '../shared/minting/runtime-credentials.ts';
import type { FunctionConfig, GrantsLocation } from './config.ts';
import { ConfigurationError } from './environment.ts';

export interface Foundation {
  readonly verify: VerifyIdentityToken;
  readonly grants: GrantStore;
  readonly evaluateCondition: EvaluateCondition;
  readonly iam: IamCredentials;
  readonly send: Send;
  readonly recordExchange: Audit;
  readonly recordCheck: CheckAudit;
  readonly nowMs: () => number;
}

/** A fetch of the key set is shared by exchanges, so that it cannot run on the deadline of one. */
const KEY_SET_TIMEOUT_MS = 7_000;

export async function createFoundation(functionName: string, config: FunctionConfig): Promise<Foundation> {
  const nowMs = Date.now;
  const send = createSend();
  const keys = createGoogleKeys({ fetchKeySet: () => fetchKeySet(send, config.jwksUrl), nowMs });
  keys.warm();
  const runtimeCredentials = createRuntimeCredentials({ fetchToken: () => fetchMetadataToken(nowMs), nowMs });
  runtimeCredentials.warm();
  const writeLine = createStandardOutput();
  return {
    verify: createIdentityTokenVerifier({ keys, audiences: config.audiences, nowMs }),
    grants: await createGrantStore(config.grants, nowMs),
    evaluateCondition: createConditionEvaluator(),
    iam: createIamCredentials({ origin: config.iamCredentialsOrigin, send, runtimeCredentials }),
    send,
    recordExchange: createAudit(functionName, writeLine),
    recordCheck: createCheckAudit(functionName, writeLine),
    nowMs,
  };
}

/** Where the platform's log agent reads. */
function createStandardOutput(): (line: string) => Promise<void> {
  // a failed write is also an event, which would end the process; the callback tells whose line it was
  process.stdout.on('error', () => undefined);
  return (line) =>
    new Promise((resolve, reject) => {
      process.stdout.write(line, (error) => (error ? reject(error) : resolve()));
    });
}

async function fetchKeySet(send: Send, url: string) {
  const signal = AbortSignal.timeout(KEY_SET_TIMEOUT_MS);
  return parseKeySet(await send({ method: 'GET', url, headers: {} }, signal));
}

async function createGrantStore(location: GrantsLocation, nowMs: () => number): Promise<GrantStore> {
  if (location.kind === 'file') return openGrantsFile(location.path, nowMs);
  // loaded only where it is used: the Firestore client is most of what a cold start loads
  const { createFirestoreGrantStore } = await import('../shared/grants/firestore-grant-store.ts');
  const store = createFirestoreGrantStore(location);
  store.warm();
  return store;
}

function openGrantsFile(path: string, nowMs: () => number): GrantStore {
  try {
    return createFileGrantStore({ path, nowMs });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new ConfigurationError('TOKEN_VENDING_GRANTS_FILE', `cannot be used: ${error.detail}`);
  }
}
