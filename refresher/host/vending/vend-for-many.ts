/**
 * Exchanges for many tasks, of which so many are under way at once: after a restart every task needs a token, and functions
 * that are asked by thousands at once turn most of them away.
 */

import type { Vend } from '../../vending/vending-client.ts';
import { createAtMost } from '../pacing/at-most.ts';

/** Some of the function's instances at work, and a second or two for a full VM. */
const MAX_IN_FLIGHT = 64;

interface Options {
  readonly vend: Vend;
  /** What was shared may have been the reason. */
  readonly onOutage: () => void;
}

export function vendForMany({ vend, onOutage }: Options): Vend {
  const atMost = createAtMost(MAX_IN_FLIGHT);

  return (request, signal) =>
    atMost(async () => {
      const outcome = await vend(request, signal);
      if (outcome.kind === 'outage') onOutage();
      return outcome;
    }, signal);
}
