/**
 * What nobody caught: one line in the log, without the messages' longer words, which may be tokens.
 *
 * A rejection is that of a call which a library was still busy with when it was given up; nobody waits for it, and the
 * exchanges in flight are worth more than an exit. An exception leaves nobody knows what half done: the process ends,
 * and the platform starts another.
 */

import { loggableCauses, loggableFrames } from '../shared/loggable.ts';
import { listenAlone } from './framework-listeners.ts';

/** EX_SOFTWARE of sysexits.h. */
const EXIT_BUG = 70;

export function recordStrayErrors(): void {
  listenAlone('unhandledRejection', (reason) =>
    record('ERROR', 'a rejection that nobody waited for', reason),
  );
  listenAlone('uncaughtException', (error) => {
    record('CRITICAL', 'an exception that nobody caught: this instance ends', error);
    process.exit(EXIT_BUG);
  });
}

function record(severity: 'ERROR' | 'CRITICAL', message: string, error: unknown): void {
  const cause = [...loggableCauses(error), ...loggableFrames(error)];
  process.stderr.write(`${JSON.stringify({ severity, message, event: 'stray_error', cause })}\n`);
}
