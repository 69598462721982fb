import type { CallContext } from '../../../shared/call-context.ts';

/** A context that waits for ever, unless the test gives it a signal. */
export function callContext(signal: AbortSignal = new AbortController().signal): CallContext {
  return { signal, upstreamMs: {} };
}
