/**
 * Where the requests of a task come from, and nobody else's do.
 */

import type { Server } from 'node:http';
import type { Claim, Evidence } from './evidence.ts';

export interface Place {
  readonly evidence: Evidence;
  /** Whether what was claimed is still the same. Asked often. */
  readonly isThere: () => boolean;
  /** From now on requests come to the server. Called once. Throws a `TaskError`. */
  readonly open: (server: Server) => Promise<void>;
  /** None come any more. Called once, opened or not; never rejects. */
  readonly close: () => Promise<void>;
}

/** Finds what is claimed. Throws a `TaskError` where that is nothing, or may be no task's. */
export type FindPlace = (claim: Claim) => Place;

/** The same for what was found before: throws where it is no longer the same. */
export type FindPlaceAgain = (evidence: Evidence) => Place;
