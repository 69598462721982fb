/**
 * The company of the tests, for the matrix: a worker VM that may become a service account and a Workspace user, both of
 * whom may read the same bucket.
 */

import type { FunctionProcess } from '../../support/processes/function-process.ts';
import { createGrantsFile } from '../../support/world/grant-documents.ts';
import { startVending } from '../../support/world/vending.ts';
import {
  ALICE,
  API_AUDIENCE,
  AUDIENCES,
  CLOUD_PLATFORM,
  createWorld,
  DRIVE_READONLY,
  fleetDocument,
  PROJECT_ID,
  SIGNER,
  TRAINER,
  type Vm,
} from '../../support/world/world.ts';
import type { FakeGoogle, MetadataServer } from '../../support/google/fake-google.ts';
import { BUCKET, OBJECTS } from '../fake-apis/contents.ts';
import type { Identity } from './row.ts';

export const EMAILS: Readonly<Record<Identity, string>> = { 'service account': TRAINER, user: ALICE };
export const MEMBERS: Readonly<Record<Identity, string>> = {
  'service account': `serviceAccount:${TRAINER}`,
  user: `user:${ALICE}`,
};

/**
 * Without a refresher a library asks the function for scopes of its own choice, and of a user's grant those must be named
 * one by one: `cloud-platform` does not cover them there. Every client of Storage asks for this one.
 */
const STORAGE_FULL_CONTROL = 'https://www.googleapis.com/auth/devstorage.full_control';

const USER_SCOPES = [CLOUD_PLATFORM, DRIVE_READONLY, STORAGE_FULL_CONTROL];

export const GRANTS = {
  [MEMBERS['service account']]: { scopes: [CLOUD_PLATFORM], idTokenAudiences: [API_AUDIENCE] },
  [MEMBERS.user]: { signer: SIGNER, scopes: USER_SCOPES },
};

export interface ConformanceWorld {
  readonly google: FakeGoogle;
  /** The VM's own metadata server. */
  readonly metadata: MetadataServer;
  /** IAM member of the VM's own service account. */
  readonly vmMember: string;
  readonly vm: Vm;
  readonly functions: { readonly impersonate: FunctionProcess; readonly delegate: FunctionProcess };
  /** The VM may become nobody from now on. */
  readonly withdrawGrants: () => Promise<void>;
  /** What tells a refresher where all this is. */
  readonly refresherArguments: readonly string[];
  readonly close: () => Promise<void>;
}

export async function startConformanceWorld(): Promise<ConformanceWorld> {
  const world = await createWorld();
  const { google } = world;
  populate(google);
  const vm = world.vm('worker');
  const metadata = await google.startMetadataServer(vm.identity);
  const grants = await createGrantsFile(fleetDocument(vm, GRANTS));
  const environment = {
    ...grants.environment,
    TOKEN_VENDING_DELEGATION_SCOPES: USER_SCOPES.join(','),
  };
  const [impersonate, delegate] = await Promise.all([
    startVending(world, 'impersonate', environment),
    startVending(world, 'delegate', environment),
  ]);
  return {
    google,
    metadata,
    vm,
    vmMember: vm.fleetId,
    functions: { impersonate, delegate },
    withdrawGrants: async () => {
      await grants.delete(`principals/${vm.fleetId}`);
      await grants.settled();
    },
    refresherArguments: [
      `--impersonate-url=${impersonate.url}`,
      `--impersonate-audience=${AUDIENCES.impersonate}`,
      `--delegate-url=${delegate.url}`,
      `--delegate-audience=${AUDIENCES.delegate}`,
    ],
    close: async () => {
      await Promise.all([impersonate.stop(), delegate.stop()]);
      await world.close();
      await grants.remove();
    },
  };
}

function populate({ iam, workspace, storage }: FakeGoogle): void {
  const { clientId } = iam.serviceAccount(SIGNER);
  workspace.authorize({ clientId, scopes: USER_SCOPES });
  storage.createBucket(BUCKET, { projectId: PROJECT_ID, objects: OBJECTS, writers: Object.values(MEMBERS) });
}
