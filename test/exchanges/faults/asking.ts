/** Exchanges before, while and after something is broken. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Route } from '../../support/google/fake-google.ts';
import type { Fault, FaultLimits } from '../../support/google/faults.ts';
import type { Caller, Lane, Outcome } from './lane.ts';

const POLL_MS = 100;

/** A route of the fake Google breaks, a new caller asks; the route is mended, and the same caller asks again. */
export async function askAround(
  lane: Lane,
  route: Route,
  fault: Fault,
  limits?: FaultLimits,
): Promise<{ readonly caller: Caller; readonly broken: Outcome; readonly mended: Outcome }> {
  const caller = lane.nextCaller();
  lane.google.faults.set(route, fault, limits);
  const broken = await lane.ask(caller);
  lane.google.faults.clear();
  return { caller, broken, mended: await lane.ask(caller) };
}

/** Asks again and again, as clients do, as long as the answer is to come back later. The time is that of all of it. */
export async function askUntilServed(lane: Lane, caller: Caller, patienceMs: number): Promise<Outcome> {
  const startedAt = performance.now();
  for (;;) {
    const outcome = await lane.ask(caller);
    const elapsedMs = performance.now() - startedAt;
    if (outcome.status !== 503 || elapsedMs > patienceMs) return { ...outcome, elapsedMs };
    await delay(POLL_MS);
  }
}
