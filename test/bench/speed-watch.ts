/**
 * Watches the processor's speed while something is measured: hosts throttle virtual machines, and what was measured then
 * says nothing of the code. How often that was is told beside the figures.
 */

import { startAskedProcess } from './asked-process.ts';
import type { SpeedSample } from './processor-speed.ts';
import { overlapsAny, slowPeriods, type Period } from './slow-periods.ts';

export interface SpeedWatch {
  /** Of any period since the last question: whether the processor was at its speed all the while. */
  readonly wasAtSpeed: () => Promise<(period: Period) => boolean>;
  readonly close: () => Promise<void>;
}

const moments = { all: 0, slow: 0 };

/** At how many moments the processor was looked at, and at how many of them it was slow. */
export function watchedMoments(): { readonly all: number; readonly slow: number } {
  return { ...moments };
}

export function startSpeedWatch(): SpeedWatch {
  const watch = startAskedProcess(new URL('processor-speed.ts', import.meta.url));
  return {
    async wasAtSpeed() {
      const samples = await watch.ask<readonly SpeedSample[]>({});
      const slow = slowPeriods(samples);
      moments.all += samples.length;
      moments.slow += slow.length;
      return (period) => !overlapsAny(slow, period);
    },
    close: () => watch.end('SIGKILL'),
  };
}
