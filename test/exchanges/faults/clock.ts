/** The clock of one function's process, which a test can move. */

import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Clock {
  readonly move: (milliseconds: number) => void;
  /** By how much it is ahead of the machine's. */
  readonly offsetMs: () => number;
  /** Makes a function's process obey it: see `movable-clock.ts`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly remove: () => void;
}

export function createClock(): Clock {
  const folder = mkdtempSync(join(tmpdir(), 'clock-'));
  const file = join(folder, 'offset');
  let offsetMs = 0;

  function move(milliseconds: number): void {
    offsetMs += milliseconds;
    // a rename, so that the function never reads half a number
    writeFileSync(`${file}.new`, String(offsetMs));
    renameSync(`${file}.new`, file);
  }

  move(0);
  return {
    move,
    offsetMs: () => offsetMs,
    environment: {
      CLOCK_OFFSET_FILE: file,
      NODE_OPTIONS: `--import=${new URL('movable-clock.ts', import.meta.url).href}`,
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
