/**
 * A promise about a build, as data: what it says, and what breaks it.
 */

import type { Build } from '../build.ts';

export interface Rule {
  readonly sentence: string;
  /** What breaks it, in words. */
  readonly violations: (build: Build) => readonly string[];
}
