/**
 * What the refresher meets in production, on this machine: a VM's metadata server, both functions, and grants.
 */

import { request } from 'node:http';
import type { FunctionProcess } from '../support/processes/function-process.ts';
import type { DocumentData } from '../support/firestore/documents.ts';
import type { MetadataServer } from '../support/google/metadata-server.ts';
import { createGrantsFile, type GrantDocumentsAtRest } from '../support/world/grant-documents.ts';
import { startVending } from '../support/world/vending.ts';
import {
  ALICE,
  ALICE_GRANT,
  AUDIENCES,
  createWorld,
  fleetDocument,
  TRAINER,
  TRAINER_GRANT,
  type FunctionName,
  type Vm,
  type World,
} from '../support/world/world.ts';

export const TRAINER_TARGET = `serviceAccount:${TRAINER}`;
export const ALICE_TARGET = `user:${ALICE}`;

export interface RefresherStage {
  readonly world: World;
  readonly vm: Vm;
  readonly metadata: MetadataServer;
  readonly grants: GrantDocumentsAtRest;
  readonly functions: Readonly<Record<FunctionName, FunctionProcess>>;
  /** Points a refresher at all of it; the target is the trainer account. */
  readonly env: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

export async function setStage(
  documentsOf: (vm: Vm) => Record<string, DocumentData> = usualDocuments,
): Promise<RefresherStage> {
  const world = await createWorld();
  const vm = world.vm('worker');
  const grants = await createGrantsFile(documentsOf(vm));
  const metadata = await world.google.startMetadataServer(vm.identity);
  const [impersonate, delegate] = await Promise.all([
    startVending(world, 'impersonate', grants.environment),
    startVending(world, 'delegate', grants.environment),
  ]);
  return {
    world,
    vm,
    metadata,
    grants,
    functions: { impersonate, delegate },
    env: {
      TOKEN_VENDING_TARGET: TRAINER_TARGET,
      TOKEN_VENDING_IMPERSONATE_URL: impersonate.url,
      TOKEN_VENDING_IMPERSONATE_AUDIENCE: AUDIENCES.impersonate,
      TOKEN_VENDING_DELEGATE_URL: delegate.url,
      TOKEN_VENDING_DELEGATE_AUDIENCE: AUDIENCES.delegate,
      TOKEN_VENDING_METADATA_HOST: metadata.host,
      TOKEN_VENDING_LISTEN: '127.0.0.1:0',
    },
    async close() {
      await Promise.all([impersonate.stop(), delegate.stop()]);
      await grants.remove();
      await world.close();
    },
  };
}

function usualDocuments(vm: Vm): Record<string, DocumentData> {
  return fleetDocument(vm, { ...TRAINER_GRANT, ...ALICE_GRANT });
}

export interface MetadataAnswer {
  readonly status: number;
  readonly body: string;
}

/** As a client library asks, of `HOST:PORT` or a unix socket. */
export function getMetadata(address: string, path: string): Promise<MetadataAnswer> {
  const where = address.startsWith('unix:')
    ? { socketPath: address.slice('unix:'.length) }
    : { host: '127.0.0.1', port: Number(address.split(':').at(-1)) };
  return new Promise((resolve, reject) => {
    const sent = request(
      { ...where, path, headers: { 'metadata-flavor': 'Google', host: 'metadata.google.internal' } },
      (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
      },
    );
    sent.once('error', reject);
    sent.end();
  });
}

const ACCOUNTS = '/computeMetadata/v1/instance/service-accounts';

export async function getToken(address: string, account = 'default'): Promise<MetadataAnswer> {
  return getMetadata(address, `${ACCOUNTS}/${account}/token`);
}

/** Whose the token of an answer is. */
export function bearerOf({ world }: RefresherStage, { body }: MetadataAnswer): string | undefined {
  const { access_token: token } = JSON.parse(body) as { access_token: string };
  return world.google.whoIs(token)?.principal;
}
