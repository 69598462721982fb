/**
 * What rounds of a quiet task's requests say about the attack of another. Pure.
 */

import { ratioFigure, type Figure, type Rounds } from '../figure.ts';
import { lengthMs, type Period } from '../slow-periods.ts';
import { mean, quantileOfAny } from '../statistics.ts';

const SHARE = 0.99;

/** Milliseconds, at the 99th percentile. */
export interface QuietRound {
  readonly all: number;
  /** Of the requests during which the processor was at its speed. */
  readonly atSpeed: number;
  readonly shareAtSpeed: number;
  /** The same of a server that no attack is sent to. */
  readonly bare: number;
  readonly shareBare: number;
}

export function summarizeRound(round: {
  readonly waits: readonly Period[];
  readonly bareWaits: readonly Period[];
  readonly wasAtSpeed: (period: Period) => boolean;
}): QuietRound {
  const atSpeed = round.waits.filter(round.wasAtSpeed);
  const bare = round.bareWaits.filter(round.wasAtSpeed);
  return {
    all: slowest(round.waits),
    atSpeed: slowest(atSpeed),
    shareAtSpeed: atSpeed.length / round.waits.length,
    bare: slowest(bare),
    shareBare: bare.length / round.bareWaits.length,
  };
}

function slowest(waits: readonly Period[]): number {
  return quantileOfAny(waits.map(lengthMs), SHARE);
}

/** @param baseline without the attack, round by round */
export function quietTaskFigures(
  { name, bound }: Pick<Figure, 'name' | 'bound'>,
  ours: readonly QuietRound[],
  baseline: readonly QuietRound[],
): readonly Figure[] {
  const figure = (of: keyof QuietRound, rest: Pick<Rounds, 'name' | 'bound' | 'share'>) =>
    ratioFigure({
      unit: 'ms',
      ours: ours.map((one) => one[of]),
      baseline: baseline.map((one) => one[of]),
      ...rest,
    });
  const share = (of: 'shareAtSpeed' | 'shareBare') => mean([...ours, ...baseline].map((one) => one[of]));
  const whole = `99th percentile, while ${name}`;
  const atSpeed = `${whole}, and the processor is at its speed`;
  return [
    figure('all', { name: `host: a quiet task, ${whole}`, ...(bound && { bound }) }),
    figure('atSpeed', { name: `host: a quiet task, ${atSpeed}`, share: share('shareAtSpeed') }),
    figure('bare', { name: `a bare server beside it, ${atSpeed}`, share: share('shareBare') }),
  ];
}
