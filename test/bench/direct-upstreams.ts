/**
 * The upstreams of an exchange, called one after the other as the functions call them, with nothing around it: what
 * Firestore, IAM and the token endpoint take by themselves.
 */

import { FORM_MEDIA_TYPE } from '../../shared/protocol.ts';
import { ALICE, SIGNER, TRAINER, type FunctionName } from '../support/world/world.ts';
import { scopeCombination } from './scope-combinations.ts';
import type { UpstreamTransport } from './upstream-transport.ts';

export interface DirectCalls {
  readonly functionName: FunctionName;
  /** An access token of the function's runtime account. */
  readonly runtimeToken: string;
  readonly documentPaths: readonly string[];
}

/** Gives the milliseconds of each upstream; no two indices ask for the same token. */
export type CallUpstreams = (index: number) => Promise<readonly number[]>;

export function createDirectUpstreams(calls: DirectCalls, transport: UpstreamTransport): CallUpstreams {
  const { functionName, runtimeToken, documentPaths } = calls;

  function iam(account: string, method: string, body: object) {
    const headers = { authorization: `Bearer ${runtimeToken}`, 'content-type': 'application/json' };
    const path = `/v1/projects/-/serviceAccounts/${account}:${method}`;
    return transport.post(path, headers, JSON.stringify(body));
  }

  async function impersonate(index: number, lap: () => void): Promise<void> {
    await transport.readDocuments(documentPaths);
    lap();
    const body = { delegates: [], scope: scopeCombination(index).split(' '), lifetime: '3600s' };
    await iam(TRAINER, 'generateAccessToken', body);
    lap();
  }

  async function delegate(index: number, lap: () => void): Promise<void> {
    await transport.readDocuments(documentPaths);
    lap();
    const { signedJwt = '' } = await iam(SIGNER, 'signJwt', { payload: assertionPayload(index) });
    lap();
    const form = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: signedJwt };
    const headers = { 'content-type': FORM_MEDIA_TYPE };
    await transport.post('/token', headers, new URLSearchParams(form).toString());
    lap();
  }

  const call = { impersonate, delegate }[functionName];
  return async (index) => {
    const spent: number[] = [];
    let startedAt = performance.now();
    await call(index, () => {
      const now = performance.now();
      spent.push(now - startedAt);
      startedAt = now;
    });
    return spent;
  };
}

function assertionPayload(index: number): string {
  const iat = Math.floor(Date.now() / 1000);
  const aud = 'https://oauth2.googleapis.com/token';
  return JSON.stringify({
    iss: SIGNER,
    sub: ALICE,
    scope: scopeCombination(index),
    aud,
    iat,
    exp: iat + 300,
  });
}
