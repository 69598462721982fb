/**
 * From the start of the process to the first token, Firestore included, beside an empty function's first answer. And
 * what would change it: each further row is the same start with one thing done otherwise.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFirestoreEmulator } from '../support/firestore/emulator.ts';
import { createGrantsFile } from '../support/world/grant-documents.ts';
import { ratioFigure, type Figure } from './figure.ts';
import { firstAnswerMs } from './first-answer.ts';
import { underFramework, type FunctionToRun } from './launch-under-framework.ts';
import { EMPTY, FUNCTIONS } from './measured-builds.ts';
import { createMintingWorld } from './minting-world.ts';
import type { BenchOptions } from './options.ts';
import { buildMinified, buildWithoutFirestoreClient } from './what-if-builds.ts';

const AT_MOST = 3.5;
const NAME = 'start to first token';

export async function measureColdStart({ quick }: BenchOptions): Promise<readonly Figure[]> {
  const emulator = await startFirestoreEmulator();
  const minting = await createMintingWorld(emulator);
  const grants = await createGrantsFile(minting.documents);
  const cache = await mkdtemp(join(tmpdir(), 'compile-cache-'));
  const [request = Buffer.alloc(0)] = minting.requests('impersonate', 1);

  const environment = await minting.environment('impersonate');
  const start = (source: string, extra: Readonly<Record<string, string>> = {}): FunctionToRun => ({
    target: 'impersonate',
    source,
    environment: { ...environment, ...extra },
  });
  const minified = await buildMinified();
  const withoutClient = await buildWithoutFirestoreClient();
  const compileCache = { NODE_COMPILE_CACHE: cache };
  const runs: Readonly<Record<string, FunctionToRun>> = {
    [NAME]: start(FUNCTIONS),
    'start, minified': start(minified),
    'start, compile cache': start(FUNCTIONS, compileCache),
    'start, minified and compile cache': start(minified, compileCache),
    'start, Firestore client over REST': start(FUNCTIONS, { FIRESTORE_PREFER_REST: 'true' }),
    'start, Firestore without its client': start(withoutClient),
    'start, grants file': start(FUNCTIONS, grants.environment),
  };
  const empty: FunctionToRun = { target: 'empty', source: EMPTY, environment: {} };

  try {
    return await interleave(empty, runs, request, quick ? 3 : 11);
  } finally {
    await Promise.all([minting.close(), grants.remove(), rm(cache, { recursive: true, force: true })]);
    await emulator.stop();
  }
}

async function interleave(
  empty: FunctionToRun,
  runs: Readonly<Record<string, FunctionToRun>>,
  request: Buffer,
  rounds: number,
): Promise<readonly Figure[]> {
  const baseline: number[] = [];
  const startMs = (run: FunctionToRun) =>
    firstAnswerMs(
      (port) => underFramework(run, port),
      () => request,
    );
  const measured = Object.entries(runs).map(([name, run]) => ({ name, run, ours: [] as number[] }));
  // the first round warms page cache, compile cache and emulator
  for (let round = 0; round <= rounds; round += 1) {
    const emptyMs = await startMs(empty);
    if (round > 0) baseline.push(emptyMs);
    for (const { run, ours } of measured) {
      const oursMs = await startMs(run);
      if (round > 0) ours.push(oursMs);
    }
  }
  return measured.map(({ name, ours }) =>
    ratioFigure({
      name,
      unit: 'ms',
      ours,
      baseline,
      ...(name === NAME && { bound: { atMost: AT_MOST } }),
    }),
  );
}
