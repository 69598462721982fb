/**
 * The VM's own metadata server, as all tasks share it: what it said a moment ago is said again. Many tasks that start at
 * once, or one that never stops asking, are no crowd at the real server, and the daemon has more time for the others.
 */

import type { IdentityToken } from '../../../shared/tokens.ts';
import type { MetadataClient } from '../../vending/metadata-client.ts';

interface Options {
  readonly metadata: MetadataClient;
  readonly nowMs: () => number;
  /** Ends what is under way; whoever asks cannot, as others wait for the same. */
  readonly signal: AbortSignal;
}

/** Clients look for a change of `preempted` about as often. */
export const FACTS_KEPT_MS = 1_000;
/** They live for an hour, and say the same of the VM whatever task they are for. */
export const IDENTITY_KEPT_MS = 10_000;

export function createSharedMetadata({ metadata, nowMs, signal }: Options): MetadataClient {
  const textAt = kept((path) => metadata.text(path, signal), FACTS_KEPT_MS, nowMs);
  const identityTokenFor = kept<IdentityToken>(
    (audience) => metadata.identityToken(audience, signal),
    IDENTITY_KEPT_MS,
    nowMs,
  );
  return {
    identityToken: (audience) => identityTokenFor(audience),
    text: (path) => textAt(path),
  };
}

/** By keys of which there are few: audiences of the settings, and the paths that are passed on. */
function kept<T>(
  ask: (key: string) => Promise<T>,
  keptMs: number,
  nowMs: () => number,
): (key: string) => Promise<T> {
  const known = new Map<string, { readonly answer: Promise<T>; readonly untilMs: number }>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined && found.untilMs > nowMs()) return found.answer;
    const answer = ask(key);
    known.set(key, { answer, untilMs: nowMs() + keptMs });
    // an outage is asked about anew
    answer.catch(() => known.delete(key));
    return answer;
  };
}
