/**
 * What the tour walks through: a fake Google, three VMs with their metadata servers, the grants file, the two functions
 * as they are deployed, and refreshers. Whatever is started here is ended by the teardown.
 */

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FakeGoogle, VmIdentity } from '../google/fake-google.ts';
import { startFunction, type FunctionProcess } from '../processes/function-process.ts';
import { BUNDLE as REFRESHER } from '../../refresher/refresher-process.ts';
import { BUNDLE as FUNCTIONS } from '../world/vending.ts';
import { createWorld, type FunctionName, type World } from '../world/world.ts';
import { openFrontDoor, type FrontDoor } from './front-door.ts';
import { writeGrantsFile, type GrantsFile } from './grants-file.ts';
import { createRefreshers, type Refreshers } from './refreshers.ts';
import type { Teardown } from './teardown.ts';

export interface Machine {
  readonly name: string;
  readonly serviceAccount: string;
  /** Of its metadata server. */
  readonly url: string;
}

export interface Company {
  readonly google: FakeGoogle;
  /** Where people reach the fake Google. */
  readonly googleUrl: string;
  /** Two VMs of one fleet, which has grants. */
  readonly worker: Machine;
  readonly colleague: Machine;
  /** A VM of the same project whose service account has none. */
  readonly stranger: Machine;
  /** The document id of the workers' fleet. */
  readonly fleetId: string;
  readonly grants: GrantsFile;
  readonly functions: Readonly<Record<FunctionName, FunctionProcess>>;
  /** Through which everybody reaches the functions. */
  readonly doors: Readonly<Record<FunctionName, FrontDoor>>;
  readonly refreshers: Refreshers;
}

/** The addresses of every run, unless somebody else has them. */
const PORTS = {
  google: 8180,
  worker: 8181,
  impersonate: 8182,
  delegate: 8183,
  stranger: 8184,
  colleague: 8185,
};

export async function startCompany(teardown: Teardown): Promise<Company> {
  for (const built of [FUNCTIONS, REFRESHER]) {
    if (!existsSync(built)) throw new Error(`${built} is not there: run \`npm run build\` first`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'token-vending-'));
  await teardown.add(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const world = await createWorld();
  await teardown.add(world.close);

  const workers = world.vm('workers', { name: 'worker-1' });
  const strangers = world.vm('strangers', { name: 'stranger-1' });
  const second = { ...workers.identity.instance, name: 'worker-2', id: '2875949485079999999' };
  const colleague = { ...workers.identity, instance: second };
  const grants = await writeGrantsFile(folder, workers, strangers);
  const [impersonate, delegate] = await Promise.all([
    startVending(world, 'impersonate', grants, teardown),
    startVending(world, 'delegate', grants, teardown),
  ]);

  const functions = { impersonate: impersonate.started, delegate: delegate.started };
  const worker = await startMachine(world, workers.identity, PORTS.worker, teardown);

  return {
    google: world.google,
    googleUrl: (await doorTo(world.google, PORTS.google, teardown)).url,
    worker,
    colleague: await startMachine(world, colleague, PORTS.colleague, teardown),
    stranger: await startMachine(world, strangers.identity, PORTS.stranger, teardown),
    fleetId: workers.fleetId,
    grants,
    functions,
    doors: { impersonate: impersonate.door, delegate: delegate.door },
    refreshers: createRefreshers({ metadataUrl: worker.url, functions, folder, teardown }),
  };
}

async function startMachine(
  { google }: World,
  identity: VmIdentity,
  port: number,
  teardown: Teardown,
): Promise<Machine> {
  const { url } = await doorTo(await google.startMetadataServer(identity), port, teardown);
  return { name: identity.instance.name, serviceAccount: identity.serviceAccount, url };
}

async function doorTo(
  server: { readonly url: string },
  preferredPort: number,
  teardown: Teardown,
): Promise<FrontDoor> {
  const door = await openFrontDoor(preferredPort, new URL(server.url));
  await teardown.add(door.close);
  return door;
}

async function startVending(
  world: World,
  name: FunctionName,
  grants: GrantsFile,
  teardown: Teardown,
): Promise<{ readonly started: FunctionProcess; readonly door: FrontDoor }> {
  const env = { ...(await world.environment(name)), TOKEN_VENDING_GRANTS_FILE: grants.path };
  const started = await startFunction({ target: name, source: FUNCTIONS, env });
  await teardown.add(started.stop);
  const door = await doorTo(started, PORTS[name], teardown);
  return { started: { ...started, url: door.url }, door };
}
