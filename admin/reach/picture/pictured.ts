/**
 * What a picture is of.
 */

import type { Reach } from '../way.ts';

export interface Pictured {
  readonly all: readonly Reach[];
  /** Where it is stored, for people. */
  readonly source: string;
  readonly now: Date;
}
