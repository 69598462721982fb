/**
 * Waits for a moment in which nobody else uses the machine, because a round that shares it measures the others. How
 * often there was none is told beside the figures.
 */

import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_MS = 250;
const GIVE_UP_AFTER_MS = 10_000;
/** Of all cores together; what is being measured waits meanwhile. */
const IDLE_SHARE = 0.9;

const waits = { idle: 0, busy: 0 };

/** Returns when the machine has been idle for a moment, or has not come to be so in ten seconds. */
export async function untilIdle(): Promise<void> {
  const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
  while (performance.now() < giveUpAt) {
    if ((await idleShare()) >= IDLE_SHARE) {
      waits.idle += 1;
      return;
    }
  }
  waits.busy += 1;
}

/** How many rounds began on an idle machine, and how many on a busy one. */
export function idleRounds(): { readonly idle: number; readonly busy: number } {
  return { ...waits };
}

async function idleShare(): Promise<number> {
  const before = times();
  await delay(LOOK_MS);
  const after = times();
  return (after.idle - before.idle) / (after.all - before.all);
}

function times(): { idle: number; all: number } {
  const each = cpus().map((core) => core.times);
  const idle = each.reduce((sum, core) => sum + core.idle, 0);
  const busy = each.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0);
  return { idle, all: idle + busy };
}
