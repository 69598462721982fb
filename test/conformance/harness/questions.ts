/** What is asked of a stage in its namespace, and what it answers. */

import type { Fault, Route } from '../../support/google/fake-google.ts';
import type { Observation } from './observation.ts';
import type { Installed, Mode } from './row.ts';

export interface RunClient {
  readonly do: 'run';
  /** `nameOf` the row. */
  readonly row: string;
  readonly mode: Mode;
  readonly installed: Installed;
  /** Laid over the environment of the mode; null takes a variable away. */
  readonly variables?: Readonly<Record<string, string | null>>;
  /** The environment is these alone, not the mode's. */
  readonly onlyVariables?: readonly string[];
  /** A command line that runs the client's, which is added to it. */
  readonly within?: readonly string[];
  /** In the folder of the run before, so that the client finds what it left there. */
  readonly sameFolder?: true;
}

export type Question =
  | RunClient
  /** Google answers so from now on, at that route. */
  | { readonly do: 'fault'; readonly route: Route; readonly fault: Fault }
  /** The functions refuse from now on. */
  | { readonly do: 'withdraw grants' };

export interface Answer {
  readonly observed: Observation;
  /** What standard output has to hold, says the row. */
  readonly prints: string | undefined;
  /** `GET /computeMetadata/v1/… 200`, where the stage keeps them. */
  readonly metadataRequests: readonly string[];
}
