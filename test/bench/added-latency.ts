/**
 * What an exchange adds to what it waits for, at a rate at which nobody queues. Each upstream is 20 ms away, each
 * request has to mint, and the upstreams' own time is measured in the same rounds.
 */

import { callMetadata } from '../support/google/api-client.ts';
import { startFirestoreEmulator } from '../support/firestore/emulator.ts';
import { startFirestoreProxy, type FirestoreProxy } from '../support/firestore/fault-proxy.ts';
import type { FunctionName, World } from '../support/world/world.ts';
import { latencyFigures, summarizeRound, type LatencyRound } from './latency-figures.ts';
import type { Spent, Waited, Waits } from './latency-client.ts';
import { startLatencyProbe } from './latency-probe.ts';
import type { Figure } from './figure.ts';
import { untilIdle } from './idle-machine.ts';
import { startUnderFramework } from './launch-under-framework.ts';
import { FUNCTIONS } from './measured-builds.ts';
import { createMintingWorld, type MintingWorld } from './minting-world.ts';
import type { BenchOptions } from './options.ts';
import { createLoad } from './saturating-load.ts';

const AWAY_MS = 20;
const PER_SECOND = 50;
const FULL = { rounds: 7, perRound: 300, warmUp: 1000 };
const QUICK = { rounds: 1, perRound: 100, warmUp: 200 };

export async function measureAddedLatency(options: BenchOptions): Promise<readonly Figure[]> {
  const emulator = await startFirestoreEmulator();
  const proxy = await startFirestoreProxy(emulator.host);
  const minting = await createMintingWorld(emulator);
  for (const route of ['generateAccessToken', 'signJwt', 'oauthToken'] as const) {
    minting.world.google.faults.set(route, { kind: 'latency', ms: AWAY_MS });
  }
  proxy.slow(AWAY_MS);
  try {
    return [
      ...(await measureFunction('impersonate', minting, proxy, options)),
      ...(await measureFunction('delegate', minting, proxy, options)),
    ];
  } finally {
    await minting.close();
    await proxy.close();
    await emulator.stop();
  }
}

async function measureFunction(
  functionName: FunctionName,
  minting: MintingWorld,
  proxy: FirestoreProxy,
  { quick }: BenchOptions,
): Promise<readonly Figure[]> {
  const { rounds, perRound, warmUp } = quick ? QUICK : FULL;
  const environment = await minting.environment(functionName, proxy.host);
  const requests = minting.requests(functionName, warmUp + (rounds + 1) * perRound);
  const ours = await startUnderFramework({ target: functionName, source: FUNCTIONS, environment });
  await createLoad({ port: ours.port, requests })({ requests: warmUp });
  const waits = await waitsOf(functionName, minting, environment, ours.port);
  const probe = await startLatencyProbe({ ...waits, exchanges: requests.slice(warmUp) }, environment);

  async function run(waited: Waited): Promise<Spent> {
    await untilIdle();
    const before = mintedAt(minting.world);
    const spent = await probe.round({ waited, pace: { perSecond: PER_SECOND, requests: perRound } });
    if (mintedAt(minting.world) - before < perRound) throw new Error('not every request was minted for');
    return spent;
  }

  const measured: LatencyRound[] = [];
  try {
    // the first round belongs to the warm-up
    for (let round = 0; round <= rounds; round += 1) {
      const library = await run('library');
      const exchanged = await run('exchange');
      const wire = await run('wire');
      if (round > 0) measured.push(summarizeRound({ library, exchanged, wire }));
    }
  } finally {
    await Promise.all([probe.close(), ours.stop()]);
  }
  return latencyFigures(functionName, measured);
}

/** So many tokens Google has given out in one way or the other. */
function mintedAt({ google }: World): number {
  return google.calls('generateAccessToken') + google.calls('oauthToken');
}

async function waitsOf(
  functionName: FunctionName,
  { world, vms }: MintingWorld,
  environment: Readonly<Record<string, string>>,
  functionPort: number,
): Promise<Omit<Waits, 'exchanges'>> {
  const { FIRESTORE_EMULATOR_HOST = '', GOOGLE_CLOUD_PROJECT = '', GCE_METADATA_HOST = '' } = environment;
  const path = 'instance/service-accounts/default/token';
  const { body } = await callMetadata(`http://${GCE_METADATA_HOST}`, path);
  const { access_token: runtimeToken } = body as { readonly access_token: string };
  const [vm] = vms;
  const documentPaths = [`principals/${vm?.instanceId}`, `principals/${vm?.fleetId}`, 'controls/kill-switch'];
  return {
    functionPort,
    calls: { functionName, runtimeToken, documentPaths },
    addresses: {
      googleUrl: world.google.url,
      firestoreHost: FIRESTORE_EMULATOR_HOST,
      projectId: GOOGLE_CLOUD_PROJECT,
    },
  };
}
