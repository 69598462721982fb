/**
 * What the daemon does while nobody asks it for anything: tasks that have gone are removed, and the rules looked at.
 */

import type { HostRules } from './host-rules.ts';
import type { Registry } from './tasks/registry.ts';

const SWEEP_MS = 1_000;
/** Every so many sweeps the rules are looked at. */
const CHECK_EVERY = 3;

interface Options {
  readonly registry: Registry;
  readonly rules: HostRules | undefined;
  readonly signal: AbortSignal;
}

/** Resolves when the signal has aborted. */
export async function keepWatch({ registry, rules, signal }: Options): Promise<void> {
  for (let turn = 1; ; turn += 1) {
    await pause(SWEEP_MS, signal);
    if (signal.aborted) return;
    await registry.sweep();
    if (turn % CHECK_EVERY === 0) await rules?.check();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(end, ms);
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    }
    signal.addEventListener('abort', end);
  });
}
