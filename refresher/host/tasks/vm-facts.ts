/**
 * What tasks are told of their VM, asked of the VM's own server once for all of them: what it said a moment ago is said
 * again, so that a crowd of tasks, or one that never stops asking, is none at the real server, and takes little of the daemon.
 */

import type { PassThrough } from '../../metadata-server/pass-through.ts';
import { createAtMost } from '../pacing/at-most.ts';

interface Options {
  readonly ask: PassThrough;
  readonly nowMs: () => number;
}

/** Clients look for a change of `preempted` about as often. */
export const FACTS_KEPT_MS = 1_000;
/** Whoever asks for all of them at once leaves the other tasks their turn in between. */
const MAX_IN_FLIGHT = 2;

/** By path, of which as few are passed on as there are names in a list. */
export function createVmFacts({ ask, nowMs }: Options): PassThrough {
  const known = new Map<string, { readonly answer: ReturnType<PassThrough>; readonly untilMs: number }>();
  const atMost = createAtMost(MAX_IN_FLIGHT);
  return (path) => {
    const found = known.get(path);
    if (found !== undefined && found.untilMs > nowMs()) return found.answer;
    const answer = atMost(async () => ask(path));
    known.set(path, { answer, untilMs: nowMs() + FACTS_KEPT_MS });
    // where nobody answers, the next one asks anew
    answer.catch(() => known.delete(path));
    return answer;
  };
}
