/**
 * What everybody can become, for programs. Pure.
 */

import { byTarget } from './by-target.ts';
import { isCertain, isConditional, isOpen, powerAtEnd, type Reach, type Reached, type Way } from './way.ts';

export function reachJson(all: readonly Reach[]): unknown {
  return {
    principals: all.map(({ principal, serviceAccount, reached }) => ({
      principal,
      serviceAccount: serviceAccount ?? null,
      reaches: reached.map(reachedJson),
    })),
    targets: Array.from(byTarget(all), ([target, by]) => ({
      target,
      principals: by.filter(([, reached]) => isOpen(reached)).map(([principal]) => principal),
    })),
  };
}

function reachedJson({ target, direct, chain }: Reached): unknown {
  return {
    target,
    ...(direct && { direct: { isOpen: direct.reason === undefined, ...wayJson([direct]) } }),
    ...(chain && { chain: { isCertain: isCertain(chain), ...wayJson(chain) } }),
  };
}

function wayJson(way: Way): object {
  return { power: powerAtEnd(way), isConditional: isConditional(way), steps: way };
}
