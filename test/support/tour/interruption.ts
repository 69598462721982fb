/** The reader has had enough: Ctrl-C, a signal of whoever started this, or nobody reads on (`npm start | head`). */

import { constants } from 'node:os';

export interface Interruption {
  /** As a shell reports a process that a signal ended. */
  readonly exitCode: number;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Resolves at the first of them; the ones that follow do not cut the cleaning up short. */
export function untilInterrupted(): Promise<Interruption> {
  return new Promise((resolve) => {
    const interrupt = (signal: NodeJS.Signals) => resolve({ exitCode: 128 + constants.signals[signal] });
    for (const signal of SIGNALS) process.on(signal, interrupt);
    process.stdout.on('error', () => interrupt('SIGPIPE'));
  });
}
