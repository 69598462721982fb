/**
 * What a command is given besides its settings: the process, as far as a command may touch it.
 */

import type { Log } from '../log.ts';
import type { Environment } from '../settings/values.ts';

export interface Context {
  readonly log: Log;
  /** To standard output: what was asked for, and nothing else. */
  readonly print: (text: string) => Promise<unknown>;
  readonly environment: Environment;
  /** Aborted when the process is told to end; the reason is an `Interrupted`. */
  readonly signal: AbortSignal;
}

/** A signal asked the process to end. */
export class Interrupted extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`ended by ${signal}`);
    this.signal = signal;
  }
}
