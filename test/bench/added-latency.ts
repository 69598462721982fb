/**
 * What an exchange adds to what it waits for, at a rate at which nobody queues. Each upstream is 20 ms away, each
 * request has to mint, and the upstreams' own time is measured in the same rounds.
 */

import type { FunctionName } from '../support/world/world.ts';
import { latencyFigures, summarizeRound, type LatencyRound } from './latency-figures.ts';
import type { Spent, Waited } from './latency-client.ts';
import { startLatencyProbe } from './latency-probe.ts';
import { startLatencyStage, type LatencyStage } from './latency-stage.ts';
import type { Figure } from './figure.ts';
import { untilIdle } from './idle-machine.ts';
import { startUnderFramework } from './launch-under-framework.ts';
import { FUNCTIONS } from './measured-builds.ts';
import type { BenchOptions } from './options.ts';
import { createLoad } from './saturating-load.ts';
import { startSpeedWatch } from './speed-watch.ts';

const PER_SECOND = 50;
const FULL = { rounds: 7, perRound: 300, runIn: 50, warmUp: 1000 };
const QUICK = { rounds: 1, perRound: 100, runIn: 50, warmUp: 200 };

export async function measureAddedLatency(options: BenchOptions): Promise<readonly Figure[]> {
  const stage = await startLatencyStage();
  try {
    return [
      ...(await measureFunction('impersonate', stage, options)),
      ...(await measureFunction('delegate', stage, options)),
    ];
  } finally {
    await stage.close();
  }
}

async function measureFunction(
  functionName: FunctionName,
  stage: LatencyStage,
  { quick }: BenchOptions,
): Promise<readonly Figure[]> {
  const { rounds, perRound, runIn, warmUp } = quick ? QUICK : FULL;
  const { environment, exchanges, upstreams } = await stage.set(
    functionName,
    warmUp + (rounds + 1) * (runIn + perRound),
  );
  const ours = await startUnderFramework({ target: functionName, source: FUNCTIONS, environment });
  await createLoad({ port: ours.port, requests: exchanges.slice(0, warmUp) })({ requests: warmUp });
  const waits = { ...upstreams, functionPort: ours.port, exchanges: exchanges.slice(warmUp) };
  const probe = startLatencyProbe(waits, environment);
  const watch = startSpeedWatch();

  // The rate is one that lasts: whoever has waited for the others' rounds gave up memory and compiled code meanwhile,
  // so a second of it goes before.
  async function run(waited: Waited): Promise<Spent> {
    await untilIdle();
    const before = await stage.minted();
    const requests = runIn + perRound;
    const spent = await probe.round({ waited, pace: { perSecond: PER_SECOND, requests } });
    if ((await stage.minted()) - before < requests) throw new Error('not every request was minted for');
    return spent.slice(runIn);
  }

  const measured: LatencyRound[] = [];
  try {
    // the first round belongs to the warm-up
    for (let round = 0; round <= rounds; round += 1) {
      const library = await run('library');
      const exchanged = await run('exchange');
      const wasAtSpeed = await watch.wasAtSpeed();
      const wire = await run('wire');
      if (round > 0) measured.push(summarizeRound({ library, exchanged, wire, wasAtSpeed }));
    }
  } finally {
    await Promise.all([probe.close(), watch.close(), ours.stop()]);
  }
  return latencyFigures(functionName, measured);
}
