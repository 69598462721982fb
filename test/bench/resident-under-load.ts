/**
 * Resident memory of a process while it answers so many requests, and whether it still grows.
 */

import type { RunningProcess } from './launch-process.ts';
import { createLoad, type Load } from './saturating-load.ts';
import { median } from './statistics.ts';

const SAMPLE_EVERY = 250;

/** Garbage comes and goes: each is the median, in MiB, of the samples of a quarter of the requests. */
export interface Resident {
  readonly thirdQuarter: number;
  readonly lastQuarter: number;
}

/** Ends the process. */
export async function residentUnderLoad(
  running: RunningProcess,
  load: Load,
  requests: number,
): Promise<Resident> {
  const run = createLoad(load);
  const samples: number[] = [];
  try {
    for (let sent = 0; sent < requests; sent += SAMPLE_EVERY) {
      await run({ requests: SAMPLE_EVERY });
      samples.push(running.residentBytes() / 2 ** 20);
    }
  } finally {
    await running.stop();
  }
  const quarter = samples.length / 4;
  return {
    thirdQuarter: median(samples.slice(-2 * quarter, -quarter)),
    lastQuarter: median(samples.slice(-quarter)),
  };
}
