/**
 * The VM's identity tokens, shared by all tasks: a token says which VM asks, and not for whom. A crowd of tasks that start
 * together asks the VM's metadata server once for each audience.
 */

import type { IdentityToken } from '../../../shared/tokens.ts';
import type { Clock } from '../../tokens/clock.ts';
import type { MetadataClient } from '../../vending/metadata-client.ts';

export interface SharedIdentityTokens extends MetadataClient {
  /** Those that were fetched before are not given to anybody any more. */
  readonly forget: () => void;
}

interface Options {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Of the daemon: whoever shares a call must not lose it because the first one has given up. */
  readonly signal: AbortSignal;
}

/** Long enough for a crowd, and nothing beside the hour that a token lives. */
const SHARED_SECONDS = 30;

export function shareIdentityTokens(
  metadata: MetadataClient,
  { clock, signal }: Options,
): SharedIdentityTokens {
  // by audience: there are two for each function
  const kept = new Map<string, { readonly token: Promise<IdentityToken>; readonly untilMs: number }>();

  return {
    text: (path, caller) => metadata.text(path, caller),
    forget: () => kept.clear(),

    async identityToken(audience, caller) {
      const now = clock.monotonicMs();
      const before = kept.get(audience);
      if (before !== undefined && now < before.untilMs) return before.token;
      const entry = {
        token: metadata.identityToken(audience, signal),
        untilMs: now + SHARED_SECONDS * 1000,
      };
      kept.set(audience, entry);
      try {
        return await entry.token;
      } catch (error) {
        if (kept.get(audience) === entry) kept.delete(audience);
        caller.throwIfAborted();
        throw error;
      }
    },
  };
}
