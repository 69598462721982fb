/**
 * Exchanges as data: who asks for what, under which documents, and what has to come of it. Each scenario has a VM of
 * its own, so that all of them can share the functions.
 */

import type { DocumentData, DocumentValue } from '../support/firestore/documents.ts';
import {
  ALICE,
  ALICE_GRANT,
  API_AUDIENCE,
  CLOUD_PLATFORM,
  DRIVE_READONLY,
  fleetDocument,
  READ_ONLY,
  READ_WRITE,
  SIGNER,
  TRAINER,
  TRAINER_GRANT,
  type FunctionName,
  type Vm,
} from '../support/world/world.ts';

export interface Scenario {
  /** Completes "a VM …". */
  readonly title: string;
  readonly at: FunctionName;
  readonly documents: (vm: Vm) => Readonly<Record<string, DocumentData>>;
  /** Parameters beyond the identity token. */
  readonly form?: Readonly<Record<string, string>>;
  readonly granted?: { readonly scope?: string; readonly target: string; readonly lifetimeSeconds?: number };
  readonly refused?: { readonly error: string; readonly reason: string };
  readonly fault?: { readonly reason: string; readonly detail: string };
}

export const TRAINER_MEMBER = `serviceAccount:${TRAINER}`;
export const ALICE_MEMBER = `user:${ALICE}`;
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';
const PAST = new Date('2020-01-01T00:00:00Z');
const OTHER = 'serviceAccount:other@acme-data.iam.gserviceaccount.com';

const trainer = (fields: DocumentData): DocumentData => ({
  [TRAINER_MEMBER]: { scopes: [READ_WRITE], ...fields },
});
const alice = (fields: DocumentData): DocumentData => ({
  [ALICE_MEMBER]: { signer: SIGNER, scopes: [DRIVE_READONLY], ...fields },
});
const fleet =
  (grants: DocumentValue, envelope: DocumentData = {}) =>
  (vm: Vm) =>
    fleetDocument(vm, grants, envelope);
const instance =
  (grants: DocumentValue, envelope: DocumentData = {}) =>
  (vm: Vm) => ({ [`principals/${vm.instanceId}`]: { grants, ...envelope } });

const given: readonly Scenario[] = [
  {
    title: 'becomes its only service account without naming it',
    at: 'impersonate',
    documents: fleet({ ...TRAINER_GRANT, ...ALICE_GRANT }),
    granted: { target: TRAINER_MEMBER, scope: READ_WRITE },
  },
  {
    title: 'becomes its only user without naming her',
    at: 'delegate',
    documents: fleet({ ...TRAINER_GRANT, ...ALICE_GRANT }),
    granted: { target: ALICE_MEMBER, scope: DRIVE_READONLY },
  },
  {
    title: 'names its target as an ADC file does',
    at: 'delegate',
    documents: fleet(ALICE_GRANT),
    form: { audience: `//iam.googleapis.com/${ALICE_MEMBER}`, scope: CLOUD_PLATFORM },
    granted: { target: ALICE_MEMBER, scope: DRIVE_READONLY },
  },
  {
    title: 'asks for a narrower Cloud scope than the cloud-platform it is granted',
    at: 'impersonate',
    documents: fleet(trainer({ scopes: [CLOUD_PLATFORM] })),
    form: { scope: `${READ_ONLY} openid` },
    granted: { target: TRAINER_MEMBER, scope: READ_ONLY },
  },
  {
    title: 'asks for everything and gets what is granted',
    at: 'impersonate',
    documents: fleet(trainer({ scopes: [READ_ONLY, READ_WRITE] })),
    form: { scope: CLOUD_PLATFORM },
    granted: { target: TRAINER_MEMBER, scope: `${READ_ONLY} ${READ_WRITE}` },
  },
  {
    title: 'gets no longer a life than its grant has left',
    at: 'impersonate',
    documents: fleet(trainer({ expiresAt: new Date(Date.now() + 1_800_000) })),
    granted: { target: TRAINER_MEMBER, lifetimeSeconds: 1800 },
  },
  {
    title: 'gets an ID token for an audience that is granted',
    at: 'impersonate',
    documents: fleet(TRAINER_GRANT),
    form: { requested_token_type: ID_TOKEN, resource: API_AUDIENCE },
    granted: { target: TRAINER_MEMBER },
  },
  {
    title: 'has the grant in the document of its instance alone',
    at: 'impersonate',
    documents: instance(TRAINER_GRANT),
    granted: { target: TRAINER_MEMBER, scope: READ_WRITE },
  },
  {
    title: 'meets a condition about itself',
    at: 'impersonate',
    documents: fleet(
      trainer({
        condition: "instance.zone.startsWith('us-central1-') && request.scopes == ['" + READ_WRITE + "']",
      }),
    ),
    granted: { target: TRAINER_MEMBER, scope: READ_WRITE },
  },
];

const refusedTarget = (reason: string) => ({ error: 'invalid_target', reason });

const refused: readonly Scenario[] = [
  {
    title: 'without a document',
    at: 'impersonate',
    documents: () => ({}),
    refused: refusedTarget('principal_unknown'),
  },
  {
    title: 'with a grant for somebody else',
    at: 'impersonate',
    documents: fleet({ [OTHER]: { scopes: [READ_WRITE] } }),
    form: { audience: TRAINER_MEMBER },
    refused: refusedTarget('no_grant'),
  },
  {
    title: 'that names none of its two targets',
    at: 'impersonate',
    documents: fleet({ ...TRAINER_GRANT, [OTHER]: { scopes: [READ_WRITE], expiresAt: PAST } }),
    refused: refusedTarget('target_ambiguous'),
  },
  {
    title: 'that wants a user from the function for service accounts',
    at: 'impersonate',
    documents: fleet(ALICE_GRANT),
    form: { audience: ALICE_MEMBER },
    refused: refusedTarget('target_kind_mismatch'),
  },
  {
    title: 'whose service account was deleted and made again',
    at: 'impersonate',
    documents: fleet(TRAINER_GRANT, { uniqueId: '100000000000000000009' }),
    refused: refusedTarget('principal_pin_mismatch'),
  },
  {
    title: 'that is disabled',
    at: 'impersonate',
    documents: fleet(TRAINER_GRANT, { disabled: true }),
    refused: refusedTarget('principal_disabled'),
  },
  {
    title: 'whose fleet is disabled though its instance is not',
    at: 'impersonate',
    documents: (vm) => ({ ...instance(TRAINER_GRANT)(vm), ...fleetDocument(vm, {}, { disabled: true }) }),
    refused: refusedTarget('principal_disabled'),
  },
  {
    title: 'whose document has expired and was not yet deleted',
    at: 'impersonate',
    documents: fleet(TRAINER_GRANT, { expiresAt: PAST }),
    refused: refusedTarget('principal_expired'),
  },
  {
    title: 'whose grant has expired',
    at: 'impersonate',
    documents: fleet(trainer({ expiresAt: PAST })),
    refused: refusedTarget('grant_expired'),
  },
  {
    title: 'whose instance has an expired grant, though its fleet has a good one',
    at: 'impersonate',
    documents: (vm) => ({
      ...instance(trainer({ expiresAt: PAST }))(vm),
      ...fleetDocument(vm, TRAINER_GRANT),
    }),
    refused: refusedTarget('grant_expired'),
  },
  {
    title: 'that does not meet the condition',
    at: 'impersonate',
    documents: fleet(trainer({ condition: 'instance.confidential' })),
    refused: refusedTarget('condition_false'),
  },
  {
    title: 'that wants an ID token for nobody in particular',
    at: 'impersonate',
    documents: fleet(TRAINER_GRANT),
    form: { requested_token_type: ID_TOKEN },
    refused: refusedTarget('resource_missing'),
  },
  {
    title: 'that wants an ID token for somebody else',
    at: 'impersonate',
    documents: fleet(TRAINER_GRANT),
    form: { requested_token_type: ID_TOKEN, resource: `${API_AUDIENCE}.evil.example` },
    refused: refusedTarget('resource_not_granted'),
  },
  {
    title: 'that wants a user ID token',
    at: 'delegate',
    documents: fleet(ALICE_GRANT),
    form: { requested_token_type: ID_TOKEN, resource: API_AUDIENCE },
    refused: { error: 'invalid_request', reason: 'requested_token_type_unsupported' },
  },
  {
    title: 'that asks for a scope it is not granted',
    at: 'impersonate',
    documents: fleet(trainer({ scopes: [READ_ONLY] })),
    form: { scope: READ_WRITE },
    refused: { error: 'invalid_scope', reason: 'scope_not_granted' },
  },
  {
    title: 'that asks for a narrower Drive scope than the exact one',
    at: 'delegate',
    documents: fleet(ALICE_GRANT),
    form: { scope: 'https://www.googleapis.com/auth/drive.metadata.readonly' },
    refused: { error: 'invalid_scope', reason: 'scope_not_granted' },
  },
  {
    title: 'whose stored grant names a signer above the ceiling',
    at: 'delegate',
    documents: fleet(alice({ signer: TRAINER })),
    refused: refusedTarget('ceiling_signer'),
  },
  {
    title: 'whose stored grant names a user above the ceiling',
    at: 'delegate',
    documents: fleet({ 'user:ceo@example.com.evil.example': { signer: SIGNER, scopes: [DRIVE_READONLY] } }),
    refused: refusedTarget('ceiling_subject'),
  },
  {
    title: 'whose stored grant names a scope above the ceiling, though it asks for another',
    at: 'delegate',
    documents: fleet(alice({ scopes: [DRIVE_READONLY, 'https://mail.google.com/'] })),
    form: { scope: DRIVE_READONLY },
    refused: refusedTarget('ceiling_scope'),
  },
];

const faults: readonly Scenario[] = [
  {
    title: 'whose grant has a field that nobody knows',
    at: 'impersonate',
    documents: fleet(trainer({ lifetime: 3600 })),
    fault: { reason: 'document_malformed', detail: `grants.${TRAINER_MEMBER}.lifetime` },
  },
  {
    title: 'whose grant has an empty list of scopes',
    at: 'impersonate',
    documents: fleet(trainer({ scopes: [] })),
    fault: { reason: 'document_malformed', detail: `grants.${TRAINER_MEMBER}.scopes` },
  },
  {
    title: 'whose document lacks the numeric id',
    at: 'impersonate',
    documents: (vm) => ({ [`principals/${vm.fleetId}`]: { grants: TRAINER_GRANT } }),
    fault: { reason: 'document_malformed', detail: 'uniqueId is missing' },
  },
  {
    title: 'whose condition does not compile',
    at: 'impersonate',
    documents: fleet(trainer({ condition: 'instance.zone ==' })),
    fault: { reason: 'document_malformed', detail: `grants.${TRAINER_MEMBER}.condition` },
  },
  {
    title: 'whose expiry is a text that is no instant',
    at: 'impersonate',
    documents: fleet(trainer({ expiresAt: 'tomorrow' })),
    fault: { reason: 'document_malformed', detail: `grants.${TRAINER_MEMBER}.expiresAt` },
  },
  {
    title: 'whose grant for a user has no signer',
    at: 'delegate',
    documents: fleet({ [ALICE_MEMBER]: { scopes: [DRIVE_READONLY] } }),
    fault: { reason: 'document_malformed', detail: `grants.${ALICE_MEMBER}.signer is missing` },
  },
];

export const SCENARIOS = { given, refused, faults };
