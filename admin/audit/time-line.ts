/**
 * How many were granted and refused, by the hour, or whatever divides the time well. Pure.
 */

import type { Outcome } from './tally.ts';

const MS_PER_MINUTE = 60_000;
/** Minutes. What a person would divide a day by. */
const STEPS = [1, 5, 15, 60, 6 * 60, 24 * 60, 7 * 24 * 60];
/** A screen of them. */
const MAX_STRETCHES = 48;

export interface Stretch {
  readonly at: Date;
  readonly counts: Readonly<Record<Outcome, number>>;
}

export interface TimeLine {
  readonly minutes: number;
  /** Those without anything, too. */
  readonly stretches: readonly Stretch[];
}

export interface TimeCounter {
  readonly add: (at: Date | undefined, outcome: Outcome) => void;
  /** `undefined`: nothing had a time. */
  readonly timeLine: () => TimeLine | undefined;
}

type Counts = Record<Outcome, number>;
const none = (): Counts => ({ granted: 0, refused: 0, fault: 0 });

export function createTimeCounter(): TimeCounter {
  const minutes = new Map<number, Counts>();

  return {
    add(at, outcome) {
      if (at === undefined) return;
      const minute = Math.floor(at.getTime() / MS_PER_MINUTE);
      const counts = minutes.get(minute) ?? none();
      counts[outcome] += 1;
      minutes.set(minute, counts);
    },
    timeLine() {
      if (minutes.size === 0) return undefined;
      let [first, last] = [Infinity, -Infinity];
      for (const minute of minutes.keys()) [first, last] = [Math.min(first, minute), Math.max(last, minute)];
      const step = stepFor(first, last);
      const stretches = new Map<number, Counts>();
      const start = Math.floor(first / step);
      for (let at = start; at <= Math.floor(last / step); at += 1) stretches.set(at, none());
      for (const [minute, counts] of minutes) {
        const stretch = stretches.get(Math.floor(minute / step));
        if (stretch !== undefined) add(stretch, counts);
      }
      return {
        minutes: step,
        stretches: Array.from(stretches, ([at, counts]) => ({
          at: new Date(at * step * MS_PER_MINUTE),
          counts,
        })),
      };
    },
  };
}

/** The finest that fits; of years, so many weeks that they do. */
function stepFor(first: number, last: number): number {
  const count = (step: number) => Math.floor(last / step) - Math.floor(first / step) + 1;
  const fitting = STEPS.find((step) => count(step) <= MAX_STRETCHES);
  const week = STEPS.at(-1) ?? 1;
  return fitting ?? week * Math.ceil(count(week) / (MAX_STRETCHES - 1));
}

function add(to: Counts, counts: Counts): void {
  for (const outcome of ['granted', 'refused', 'fault'] as const) to[outcome] += counts[outcome];
}
