/**
 * All that `audit` found, and its JSON. Pure.
 */

import { OTHERWISE, type ReplayTally } from './replayed.ts';
import type { Group, Tally } from './tally.ts';
import type { TimeLine } from './time-line.ts';

export interface Report {
  readonly tally: Tally;
  readonly timeLine: TimeLine | undefined;
  readonly replay: ReplayTally | undefined;
  /** The files that it was replayed against, for people. */
  readonly against: string;
  readonly unread: Unread;
}

/** What was in the logs beside what is counted. */
export interface Unread {
  /** Not ours. */
  other: number;
  /** Ours, and not readable. */
  broken: number;
  twice: number;
}

export function reportJson({ tally, timeLine, replay, unread }: Report): unknown {
  const { outcomes, checks, first, last, withoutTime } = tally;
  return {
    first: first ?? null,
    last: last ?? null,
    granted: outcomes.granted.map((group) => groupJson(group, 'tokenType')),
    refused: outcomes.refused.map((group) => groupJson(group, 'reason')),
    failed: outcomes.fault.map((group) => groupJson(group, 'reason')),
    checks,
    timeLine: timeLine ?? null,
    withoutTime,
    unread,
    ...(replay && {
      replay: {
        counts: replay.counts,
        ...Object.fromEntries(
          OTHERWISE.map((kind) => [kind, replay.groups[kind].map((group) => groupJson(group, 'why'))]),
        ),
      },
    }),
  };
}

function groupJson(
  { serviceAccount, target, what, count, vms, scopes, first, last }: Group,
  nameOfWhat: string,
): unknown {
  return {
    serviceAccount: serviceAccount ?? null,
    target: target ?? null,
    [nameOfWhat]: what,
    count,
    instances: vms.size,
    scopes: [...scopes],
    first: first ?? null,
    last: last ?? null,
  };
}
