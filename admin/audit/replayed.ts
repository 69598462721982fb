/**
 * What was replayed, counted. Held is what is distinct.
 */

import { addTo, most, type Group } from './tally.ts';
import type { Decision, Recorded } from './recorded.ts';
import type { Replay, Replayed } from './replay.ts';

/** What somebody should look at, in this order. */
export const OTHERWISE = ['refused', 'less', 'granted', 'unknown'] as const;

export type Otherwise = (typeof OTHERWISE)[number];

export interface ReplayTally {
  readonly counts: Readonly<Record<Replayed['kind'], number>>;
  /** Their `what` says why. */
  readonly groups: Readonly<Record<Otherwise, readonly Group[]>>;
}

export interface ReplayCounter {
  readonly add: (recorded: Recorded<Decision>) => void;
  readonly tally: () => ReplayTally;
}

export function createReplayCounter(replay: Replay): ReplayCounter {
  const counts = { same: 0, elsewhere: 0, unknown: 0, granted: 0, refused: 0, less: 0 };
  const groups: Readonly<Record<Otherwise, Map<string, Group>>> = {
    refused: new Map(),
    less: new Map(),
    granted: new Map(),
    unknown: new Map(),
  };
  return {
    add(recorded) {
      const replayed = replay(recorded);
      counts[replayed.kind] += 1;
      if (replayed.kind === 'same' || replayed.kind === 'elsewhere') return;
      const why = replayed.kind === 'granted' ? `was ${recorded.event.reason}` : replayed.why;
      addTo(groups[replayed.kind], recorded, why);
    },
    tally: () => ({
      counts,
      groups: {
        refused: most(groups.refused),
        less: most(groups.less),
        granted: most(groups.granted),
        unknown: most(groups.unknown),
      },
    }),
  };
}

/** What cannot be told is no change. */
export function changes({ counts }: ReplayTally): number {
  return counts.refused + counts.less + counts.granted;
}
