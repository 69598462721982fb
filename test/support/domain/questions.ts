/**
 * Questions to `authorize`: a verified worker, what it asks for, and the documents that speak about it.
 */

import { encodeForm, TOKEN_EXCHANGE_GRANT_TYPE, TOKEN_TYPES } from '../../../shared/protocol.ts';
import { parseExchangeRequest, type ExchangeRequest } from '../../../shared/exchange-request.ts';
import type { AuthorizationQuestion } from '../../../shared/grants/authorize.ts';
import { decodeDocuments } from '../../../shared/grants/decoded-documents.ts';
import type { GrantDocuments } from '../../../shared/grants/grant-store.ts';
import type { StoredDocument } from '../../../shared/grants/stored-document.ts';
import type { Principal } from '../../../shared/identity/principal.ts';
import { WORKER, WORKER_IDS } from './callers.ts';
import { NOW } from './clock.ts';

export const TRAINER = 'trainer@acme-data.iam.gserviceaccount.com';
export const TRAINER_MEMBER = `serviceAccount:${TRAINER}`;
export const ALICE = 'alice@example.com';
export const ALICE_MEMBER = `user:${ALICE}`;
export const SIGNER = 'dwd-signer@acme-vending.iam.gserviceaccount.com';
export const STORAGE = 'https://www.googleapis.com/auth/devstorage.read_write';
export const BIGQUERY = 'https://www.googleapis.com/auth/bigquery';
export const CLOUD_PLATFORM = 'https://www.googleapis.com/auth/cloud-platform';
export const DRIVE = 'https://www.googleapis.com/auth/drive.readonly';
export const API = 'https://api.example.com';

export const TRAINER_GRANT = { scopes: [STORAGE], idTokenAudiences: [API] };
export const ALICE_GRANT = { signer: SIGNER, scopes: [DRIVE] };

type Fields = Readonly<Record<string, unknown>>;

export function fleetDocument(grants: Fields, envelope: Fields = {}): StoredDocument {
  return {
    path: `principals/${WORKER_IDS.serviceAccount}`,
    data: { uniqueId: WORKER.uniqueId, grants, ...envelope },
  };
}

export function instanceDocument(grants: Fields, envelope: Fields = {}): StoredDocument {
  return { path: `principals/${WORKER_IDS.instance}`, data: { grants, ...envelope } };
}

export function killSwitch(data: unknown): StoredDocument {
  return { path: 'controls/kill-switch', data };
}

export type Parameters = Readonly<Partial<Record<'audience' | 'scope' | 'resource', string>>>;

/** A request for an access token. */
export function accessTokenRequest(parameters: Parameters = {}): ExchangeRequest {
  return request({ ...parameters, requested_token_type: TOKEN_TYPES.accessToken });
}

export function idTokenRequest(parameters: Parameters = {}): ExchangeRequest {
  return request({ ...parameters, requested_token_type: TOKEN_TYPES.idToken });
}

function request(parameters: Parameters & { readonly requested_token_type: string }): ExchangeRequest {
  const body = encodeForm({
    grant_type: TOKEN_EXCHANGE_GRANT_TYPE,
    subject_token: 'header.claims.signature',
    subject_token_type: TOKEN_TYPES.idToken,
    ...parameters,
  });
  return parseExchangeRequest(body, 'serviceAccount');
}

/** What the worker asks, where these documents are stored and no others. */
export function question(
  principal: Principal,
  asked: ExchangeRequest,
  documents: Partial<GrantDocuments>,
  now = NOW,
): AuthorizationQuestion {
  const none = { instance: undefined, serviceAccount: undefined, killSwitch: undefined };
  return { principal, request: asked, documents: decodeDocuments({ ...none, ...documents }), now };
}
