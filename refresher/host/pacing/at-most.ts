/**
 * Work of which so much is under way at once. First come, first served; whoever gives up leaves the queue.
 */

export type AtMost = <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

/** Rejects as the work does, or with the signal's reason where that aborts before the work has begun. */
export function createAtMost(maxInFlight: number): AtMost {
  const waiting = new Set<() => void>();
  let inFlight = 0;

  /** Whether it has come; it does not where the signal aborts first. */
  async function turn(signal: AbortSignal | undefined): Promise<boolean> {
    if (inFlight < maxInFlight) {
      inFlight += 1;
      return true;
    }
    return new Promise((resolve) => {
      function giveUp(): void {
        waiting.delete(begin);
        resolve(false);
      }
      function begin(): void {
        signal?.removeEventListener('abort', giveUp);
        resolve(true);
      }
      waiting.add(begin);
      signal?.addEventListener('abort', giveUp, { once: true });
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

  return async function atMost(work, signal) {
    signal?.throwIfAborted();
    if (!(await turn(signal))) signal?.throwIfAborted();
    try {
      return await work();
    } finally {
      pass();
    }
  };
}
