/**
 * The command line of the benchmark.
 */

import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Shorter and fewer rounds: to see that it runs, not to quote from. */
  readonly quick: boolean;
  /** A missed bound fails the command. */
  readonly strict: boolean;
  /** Only the measurement of that name. */
  readonly only: string | undefined;
}

export const USAGE = 'npm run bench -- [--quick] [--strict] [--only NAME]';

/** Throws a `TypeError` for what it does not know. */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: { quick: { type: 'boolean' }, strict: { type: 'boolean' }, only: { type: 'string' } },
  });
  return { quick: values.quick ?? false, strict: values.strict ?? false, only: values.only };
}
