/**
 * Resident memory after twenty thousand exchanges, beside an empty function's after as many requests, and whether it
 * has stopped growing by then. The requests differ in token and scopes, so that every cache fills up to its bound.
 */

import { startFirestoreEmulator } from '../support/firestore/emulator.ts';
import { ratioFigure, type Figure } from './figure.ts';
import { startUnderFramework, type FunctionToRun } from './launch-under-framework.ts';
import { EMPTY, FUNCTIONS } from './measured-builds.ts';
import { createMintingWorld } from './minting-world.ts';
import { NEVER_REMEMBERED } from './identity-tokens.ts';
import type { BenchOptions } from './options.ts';
import { residentUnderLoad, type Resident } from './resident-under-load.ts';

const REQUESTS = 20_000;
const AT_MOST = 2;
const AT_MOST_GROWTH = 1.05;

export async function measureMemory({ quick }: BenchOptions): Promise<readonly Figure[]> {
  const emulator = await startFirestoreEmulator();
  const minting = await createMintingWorld(emulator);
  const requests = minting.requests('impersonate', NEVER_REMEMBERED);
  const environment = await minting.environment('impersonate');
  const ours: FunctionToRun = { target: 'impersonate', source: FUNCTIONS, environment };
  const empty: FunctionToRun = { target: 'empty', source: EMPTY, environment: {} };
  const oursRuns: Resident[] = [];
  const emptyRuns: Resident[] = [];
  try {
    for (let pair = 0; pair < (quick ? 1 : 3); pair += 1) {
      emptyRuns.push(await residentMiB(empty, requests));
      oursRuns.push(await residentMiB(ours, requests));
    }
  } finally {
    await minting.close();
    await emulator.stop();
  }
  return [
    ratioFigure({
      name: 'memory after 20 000 exchanges',
      unit: 'MiB',
      ours: oursRuns.map(({ lastQuarter }) => lastQuarter),
      baseline: emptyRuns.map(({ lastQuarter }) => lastQuarter),
      bound: { atMost: AT_MOST },
    }),
    ratioFigure({
      name: 'memory, last quarter over the third',
      unit: 'MiB',
      ours: oursRuns.map(({ lastQuarter }) => lastQuarter),
      baseline: oursRuns.map(({ thirdQuarter }) => thirdQuarter),
      bound: { atMost: AT_MOST_GROWTH },
    }),
  ];
}

async function residentMiB(run: FunctionToRun, requests: readonly Buffer[]): Promise<Resident> {
  const running = await startUnderFramework(run);
  return residentUnderLoad(running, { port: running.port, requests }, REQUESTS);
}
