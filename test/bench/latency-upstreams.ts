/**
 * What an exchange waits for, each 20 ms away: Google, and Firestore behind a proxy. In a process of its own, with little
 * in its memory: whoever measures must not keep an exchange waiting, nor collect garbage in its time.
 * `latency-stage.ts` starts it.
 */

import { callMetadata } from '../support/google/api-client.ts';
import { startFirestoreEmulator } from '../support/firestore/emulator.ts';
import { startFirestoreProxy } from '../support/firestore/fault-proxy.ts';
import type { FunctionName } from '../support/world/world.ts';
import type { Waits } from './latency-client.ts';
import { createMintingWorld } from './minting-world.ts';

const AWAY_MS = 20;

export type Question =
  | { readonly kind: 'stage'; readonly functionName: FunctionName; readonly exchanges: number }
  | { readonly kind: 'minted' };

export interface Stage {
  /** Of the function. */
  readonly environment: Readonly<Record<string, string>>;
  readonly exchanges: readonly Buffer[];
  readonly upstreams: Pick<Waits, 'calls' | 'addresses'>;
}

/** The answer to `minted`: so many tokens Google has given out in one way or the other. */
export type Minted = number;

const emulator = await startFirestoreEmulator();
const proxy = await startFirestoreProxy(emulator.host);
const minting = await createMintingWorld(emulator);
const { google } = minting.world;
for (const route of ['generateAccessToken', 'signJwt', 'oauthToken'] as const) {
  google.faults.set(route, { kind: 'latency', ms: AWAY_MS });
}
// a Java program's pauses are not Firestore's
proxy.repeat(AWAY_MS);

async function stage(functionName: FunctionName, exchanges: number): Promise<Stage> {
  const environment = await minting.environment(functionName, proxy.host);
  return {
    environment,
    exchanges: minting.requests(functionName, exchanges),
    upstreams: {
      calls: { functionName, runtimeToken: await runtimeToken(environment), documentPaths: documentPaths() },
      addresses: {
        googleUrl: google.url,
        firestoreHost: proxy.host,
        projectId: environment['GOOGLE_CLOUD_PROJECT'] ?? '',
      },
    },
  };
}

async function runtimeToken(environment: Readonly<Record<string, string>>): Promise<string> {
  const path = 'instance/service-accounts/default/token';
  const { body } = await callMetadata(`http://${environment['GCE_METADATA_HOST']}`, path);
  return (body as { readonly access_token: string }).access_token;
}

function documentPaths(): readonly string[] {
  const [vm] = minting.vms;
  return [`principals/${vm?.instanceId}`, `principals/${vm?.fleetId}`, 'controls/kill-switch'];
}

function minted(): Minted {
  return google.calls('generateAccessToken') + google.calls('oauthToken');
}

process.on('message', (question: Question) => {
  if (question.kind === 'minted') process.send?.(minted());
  else void stage(question.functionName, question.exchanges).then((answer) => process.send?.(answer));
});
process.once('SIGTERM', () => {
  void Promise.all([minting.close(), proxy.close()])
    .then(() => emulator.stop())
    .then(() => process.exit());
});
process.send?.('ready');
