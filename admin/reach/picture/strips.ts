/**
 * Ways through others, those that are alike told once: the same way of several principals, and several targets at the end of
 * the same way. Pure.
 */

import type { Reach, Step, Way } from '../way.ts';

export interface Strip {
  /** Ids of documents. */
  readonly principals: readonly string[];
  readonly between: Way;
  /** The last step, once for each target that it leads to. */
  readonly ends: readonly [Step, ...Step[]];
}

export function stripsOf(all: readonly Reach[]): readonly Strip[] {
  const ways = all.flatMap(({ principal, reached }) =>
    reached.flatMap(({ chain }) => (chain === undefined ? [] : [{ principal, chain }])),
  );
  const alike = Map.groupBy(ways, ({ chain }) => JSON.stringify(chain.map(outline)));
  const ofPrincipals = [...alike.values()].map((same) => ({
    principals: same.map(({ principal }) => principal),
    chain: same[0]?.chain ?? [],
  }));
  const strips = Map.groupBy(ofPrincipals, ({ principals, chain }) =>
    JSON.stringify([principals, chain.slice(0, -1).map(outline), chain.at(-1)?.kind, openness(chain.at(-1))]),
  );
  const drawn = [...strips.values()].flatMap((same): readonly Strip[] => {
    const [first] = same;
    const [end, ...ends] = same.flatMap(({ chain }) => chain.at(-1) ?? []);
    return first === undefined || end === undefined
      ? []
      : [{ principals: first.principals, between: first.chain.slice(0, -1), ends: [end, ...ends] }];
  });
  // where not all can be drawn, a reviewer should see the shortest
  return drawn.toSorted((a, b) => a.between.length - b.between.length);
}

/** What is drawn of a step; which document says so is not. */
function outline(step: Step): unknown {
  return [step.kind, step.to, openness(step)];
}

function openness(step: Step | undefined): unknown {
  return [step?.terms?.power, step?.terms?.condition !== undefined];
}
