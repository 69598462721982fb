/**
 * A small company on the fake Google: what nearly every test, the tour and the benchmark start from.
 *
 * Two functions with their own runtime accounts, a service account and a Workspace user to become, a bucket and a
 * Drive to prove it with, and as many worker VMs as a test asks for.
 */

import type { DocumentData, DocumentValue } from '../firestore/documents.ts';
import {
  identityTokenClaims,
  startFakeGoogle,
  type FakeGoogle,
  type VmIdentity,
} from '../google/fake-google.ts';

export const PROJECT_ID = 'acme-workers';
export const PROJECT_NUMBER = 326694433618;
export const TRAINER = 'trainer@acme-data.iam.gserviceaccount.com';
export const ALICE = 'alice@example.com';
export const SIGNER = 'dwd-signer@acme-vending.iam.gserviceaccount.com';
export const BUCKET = 'acme-training-data';
export const API_AUDIENCE = 'https://api.example.com';
export const READ_WRITE = 'https://www.googleapis.com/auth/devstorage.read_write';
export const READ_ONLY = 'https://www.googleapis.com/auth/devstorage.read_only';
export const DRIVE_READONLY = 'https://www.googleapis.com/auth/drive.readonly';
export const CLOUD_PLATFORM = 'https://www.googleapis.com/auth/cloud-platform';

export const AUDIENCES = {
  impersonate: 'https://impersonate.vending.example/v1/token',
  delegate: 'https://delegate.vending.example/v1/token',
} as const;

export type FunctionName = keyof typeof AUDIENCES;

const RUNTIMES = {
  impersonate: 'impersonate-runtime@acme-vending.iam.gserviceaccount.com',
  delegate: 'delegate-runtime@acme-vending.iam.gserviceaccount.com',
} as const;

/** A worker VM with a service account of its own, so that tests sharing a function do not meet. */
export interface Vm {
  readonly identity: VmIdentity & { readonly uniqueId: string };
  /** `serviceAccount:EMAIL`, the fleet's document id. */
  readonly fleetId: string;
  /** `instance:PROJECT_NUMBER:INSTANCE_ID`. */
  readonly instanceId: string;
  /** A new identity token for that function, signed by the fake Google. */
  identityToken(functionName: FunctionName): string;
}

export interface World {
  readonly google: FakeGoogle;
  readonly vm: (name: string, overrides?: Partial<VmIdentity['instance']>) => Vm;
  /** The environment that points a function at this Google; the grants' place is added by who starts it. */
  readonly environment: (functionName: FunctionName) => Promise<Record<string, string>>;
  readonly close: () => Promise<void>;
}

export async function createWorld(options: { readonly clock?: () => number } = {}): Promise<World> {
  const google = await startFakeGoogle(options);
  const clock = options.clock ?? Date.now;
  populate(google);
  let vms = 0;

  return {
    google,
    close: () => google.close(),

    vm(name, overrides = {}) {
      vms += 1;
      const identity = vmIdentity(name, vms, Math.floor(clock() / 1000), overrides);
      google.iam.createServiceAccount({ email: identity.serviceAccount, uniqueId: identity.uniqueId });
      return {
        identity,
        fleetId: `serviceAccount:${identity.serviceAccount}`,
        instanceId: `instance:${identity.instance.projectNumber}:${identity.instance.id}`,
        identityToken: (functionName) => {
          const nowSeconds = Math.floor((clock() + google.clockOffsetMs) / 1000);
          return google.keys.signJwt({}, identityTokenClaims(identity, AUDIENCES[functionName], nowSeconds));
        },
      };
    },

    async environment(functionName) {
      const metadata = await google.startMetadataServer({
        serviceAccount: RUNTIMES[functionName],
        projectId: 'acme-vending',
        projectNumber: 100200300400,
        region: 'us-central1',
      });
      return {
        GOOGLE_CLOUD_PROJECT: 'acme-vending',
        GCE_METADATA_HOST: metadata.host,
        TOKEN_VENDING_AUDIENCE: AUDIENCES[functionName],
        TOKEN_VENDING_JWKS_URL: google.jwksUrl,
        TOKEN_VENDING_IAM_CREDENTIALS_URL: google.url,
        TOKEN_VENDING_OAUTH_TOKEN_URL: google.oauthTokenUrl,
        TOKEN_VENDING_DELEGATION_SIGNERS: SIGNER,
        TOKEN_VENDING_DELEGATION_SUBJECTS: `${ALICE},@example.com`,
        TOKEN_VENDING_DELEGATION_SCOPES: DRIVE_READONLY,
      };
    },
  };
}

function populate(google: FakeGoogle): void {
  const { iam, workspace, storage, drive } = google;
  for (const email of [TRAINER, ...Object.values(RUNTIMES)]) iam.createServiceAccount({ email });
  const { clientId } = iam.createServiceAccount({ email: SIGNER });
  iam.bind({ caller: RUNTIMES.impersonate, permission: 'iam.serviceAccounts.getAccessToken', on: TRAINER });
  iam.bind({ caller: RUNTIMES.impersonate, permission: 'iam.serviceAccounts.getOpenIdToken', on: TRAINER });
  iam.bind({ caller: RUNTIMES.delegate, permission: 'iam.serviceAccounts.signJwt', on: SIGNER });
  workspace.addUser(ALICE);
  workspace.authorize({ clientId, scopes: [DRIVE_READONLY] });
  storage.createBucket(BUCKET, {
    objects: { 'shard-00.tfrecord': 'zeros', 'shard-01.tfrecord': 'ones' },
    writers: [`serviceAccount:${TRAINER}`],
  });
  drive.addFile(ALICE, { name: 'Budget 2027' });
  drive.addFile(ALICE, { name: 'Travel notes' });
}

function vmIdentity(
  name: string,
  index: number,
  nowSeconds: number,
  overrides: Partial<VmIdentity['instance']>,
): Vm['identity'] {
  return {
    serviceAccount: `${name}@${PROJECT_ID}.iam.gserviceaccount.com`,
    uniqueId: String(109422233875000000000n + BigInt(index)),
    instance: {
      id: String(2875949485070000000n + BigInt(index)),
      name,
      zone: 'us-central1-a',
      projectId: PROJECT_ID,
      projectNumber: PROJECT_NUMBER,
      createdAt: nowSeconds - 3600,
      ...overrides,
    },
  };
}

/** The usual grants: the trainer account, for access tokens and ID tokens. */
export const TRAINER_GRANT = {
  [`serviceAccount:${TRAINER}`]: { scopes: [READ_WRITE], idTokenAudiences: [API_AUDIENCE] },
} as const satisfies DocumentData;

/** And alice, for her Drive. */
export const ALICE_GRANT = {
  [`user:${ALICE}`]: { signer: SIGNER, scopes: [DRIVE_READONLY] },
} as const satisfies DocumentData;

/** The fleet's document of a VM, under its path. */
export function fleetDocument(
  vm: Vm,
  grants: DocumentValue,
  envelope: DocumentData = {},
): Record<string, DocumentData> {
  return { [`principals/${vm.fleetId}`]: { uniqueId: vm.identity.uniqueId, grants, ...envelope } };
}
