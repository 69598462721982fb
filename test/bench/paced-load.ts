/**
 * Requests at a given rate, whether or not earlier ones were answered: what a caller waits while the function is not
 * busy.
 */

import { setTimeout as delay } from 'node:timers/promises';

export interface Pace {
  readonly perSecond: number;
  readonly requests: number;
}

/**
 * Runs the operation at random moments, as many machines would: at a fixed pace the requests would fall into step with
 * the delays of what they wait for. The moments are the same in every run.
 */
export async function runPaced(
  { perSecond, requests }: Pace,
  operation: (index: number) => Promise<void>,
): Promise<void> {
  const random = createRandom();
  const running: Promise<void>[] = [];
  let due = performance.now();
  for (let index = 0; index < requests; index += 1) {
    // the gaps of a Poisson process
    due += (-Math.log(1 - random()) * 1000) / perSecond;
    const waitMs = due - performance.now();
    if (waitMs > 1) await delay(waitMs);
    running.push(operation(index));
  }
  await Promise.all(running);
}

/** A linear congruential generator: https://en.wikipedia.org/wiki/Linear_congruential_generator */
function createRandom(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
