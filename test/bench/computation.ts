/**
 * A program that waits as often as an exchange does and keeps a processor busy for as long in between, by one thread, and
 * nothing else: no library, no memory to collect. By how much its slowest runs exceed the usual one is what the machine
 * itself adds, and what those add to each other that come at the same time.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { median } from './statistics.ts';

export interface Computation {
  /** Of all of it together. */
  readonly processorMs: number;
  readonly waits: number;
  readonly waitMs: number;
}

const source = Float64Array.from({ length: 1_024 }, (_, at) => Math.sin(at * at));
const scratch = new Float64Array(source.length);

export function createComputation({ processorMs, waits, waitMs }: Computation): () => Promise<void> {
  const steps = Math.max(Math.round(processorMs / (waits + 1) / stepMs()), 1);

  function compute(): void {
    for (let step = 0; step < steps; step += 1) takeStep();
  }

  return async () => {
    compute();
    for (let wait = 0; wait < waits; wait += 1) {
      await delay(waitMs);
      compute();
    }
  };
}

function takeStep(): void {
  scratch.set(source);
  scratch.sort();
}

/** The usual time, not the shortest: so that an exchange's usual processor time is met. */
function stepMs(): number {
  const times: number[] = [];
  for (let time = 0; time < 1_001; time += 1) {
    const startedAt = performance.now();
    takeStep();
    times.push(performance.now() - startedAt);
  }
  return median(times);
}
