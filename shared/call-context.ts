/**
 * What an adapter is told about the operation it works for: when to give up, and where to note how long it took.
 *
 * An exchange has one context; a mint that several exchanges share has its own, so that the first caller's deadline
 * cannot fail the others.
 */

import { Fault } from './fault.ts';

export type Upstream = 'keys' | 'firestore' | 'runtimeCredentials' | 'iam' | 'oauth';

export interface CallContext {
  /** Aborts when the budget is spent; its reason is a `Fault`. */
  readonly signal: AbortSignal;
  /** Milliseconds spent waiting, by upstream. */
  readonly upstreamMs: Partial<Record<Upstream, number>>;
}

/** Starts the clock of one operation. `end()` must be called, or the timer outlives it. */
export function startContext(budgetMs: number): { readonly context: CallContext; readonly end: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(
    () => {
      controller.abort(new Fault('deadline_exceeded', { detail: 'the budget of the exchange was spent' }));
    },
    Math.max(budgetMs, 1),
  );
  return {
    context: { signal: controller.signal, upstreamMs: {} },
    end: () => clearTimeout(timer),
  };
}

/**
 * A shorter limit inside an operation's. `end()` must be called. What `AbortSignal.timeout` starts cannot be stopped: it
 * would hold on to all that one call reached for seconds after its answer.
 */
export function startTimeout(
  outer: AbortSignal,
  timeoutMs: number,
): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController();
  const onOuterAbort = () => controller.abort(outer.reason);
  if (outer.aborted) onOuterAbort();
  else outer.addEventListener('abort', onOuterAbort, { once: true });
  const onTimeout = () => controller.abort(new DOMException(`no answer in ${timeoutMs} ms`, 'TimeoutError'));
  const timer = setTimeout(onTimeout, timeoutMs);
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer);
      outer.removeEventListener('abort', onOuterAbort);
    },
  };
}

/** Runs one upstream call and adds the time it took, however it ended, to the context. */
export async function timed<T>(context: CallContext, upstream: Upstream, call: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  try {
    return await call();
  } finally {
    const spentMs = performance.now() - startedAt;
    context.upstreamMs[upstream] = (context.upstreamMs[upstream] ?? 0) + spentMs;
  }
}

/**
 * Waits for a promise no longer than the signal allows. The work behind it goes on: this is for libraries that cannot
 * be interrupted, and for work that several callers share.
 */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
