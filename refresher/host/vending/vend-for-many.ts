/**
 * Exchanges for many tasks, of which so many are under way at once: after a restart every task needs a token, and functions
 * that are asked by thousands at once turn most of them away.
 */

import type { Vend } from '../../vending/vending-client.ts';

/** Some of the function's instances at work, and a second or two for a full VM. */
const MAX_IN_FLIGHT = 64;

interface Options {
  readonly vend: Vend;
  /** What was shared may have been the reason. */
  readonly onOutage: () => void;
}

/** First come, first served; whoever gives up leaves the queue. */
export function vendForMany({ vend, onOutage }: Options): Vend {
  const waiting = new Set<() => void>();
  let inFlight = 0;

  /** Whether it has come; it does not where the signal aborts first. */
  async function turn(signal: AbortSignal): Promise<boolean> {
    if (inFlight < MAX_IN_FLIGHT) {
      inFlight += 1;
      return true;
    }
    return new Promise((resolve) => {
      function giveUp(): void {
        waiting.delete(begin);
        resolve(false);
      }
      function begin(): void {
        signal.removeEventListener('abort', giveUp);
        resolve(true);
      }
      waiting.add(begin);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  function pass(): void {
    const [next] = waiting;
    if (next === undefined) {
      inFlight -= 1;
      return;
    }
    waiting.delete(next);
    next();
  }

  return async function vendInTurn(request, signal) {
    signal.throwIfAborted();
    if (!(await turn(signal))) signal.throwIfAborted();
    try {
      const outcome = await vend(request, signal);
      if (outcome.kind === 'outage') onOutage();
      return outcome;
    } finally {
      pass();
    }
  };
}
