/** What runs when, and for how long. */

import { awaitedBy, secondsOf, type Build } from '../build.ts';
import type { Rule } from './rule.ts';

/** A day: https://cloud.google.com/build/docs/build-config-file-schema#timeout_2 */
const LONGEST_SECONDS = 86_400;

/** Step → what must have passed before, whichever way it waits for that. */
const GATES: Readonly<Record<string, (ids: readonly string[]) => readonly string[]>> = {
  plan: () => ['build'],
  apply: (ids) => ids.filter((id) => id !== 'apply' && id !== 'probe'),
  probe: () => ['apply'],
};

const isTest = (id: string) => id === 'test' || id.startsWith('test-');

export const ORDER: readonly Rule[] = [
  {
    sentence: 'each step has a name of its own, and says what it waits for',
    violations: ({ steps }) => {
      const ids = steps.map(({ id }) => id);
      return steps.flatMap(({ id, waitFor }, index) => [
        ...(/^[a-z][a-z-]*$/.test(id) ? [] : [`step ${index} is called ${id}`]),
        ...(ids.indexOf(id) === index ? [] : [`two steps are called ${id}`]),
        ...(waitFor === undefined || waitFor.length === 0
          ? [`${id} waits for whatever stands before it`]
          : []),
      ]);
    },
  },
  {
    sentence: 'each step waits for steps that stand before it',
    violations: ({ steps }) =>
      steps.flatMap(({ id, waitFor = [] }, index) => {
        const before = steps.slice(0, index).map((step) => step.id);
        return waitFor
          .filter((name) => name !== '-' && !before.includes(name))
          .map((name) => `${id} waits for ${name}, which does not stand before it`);
      }),
  },
  {
    sentence: 'tests run on what was built, and nothing is applied before all else has passed',
    violations: (build) => {
      const ids = build.steps.map(({ id }) => id);
      const gates = [
        ...Object.entries(GATES),
        ...ids.filter(isTest).map((id) => [id, () => ['build']] as const),
      ];
      return gates.flatMap(([id, needed]) => {
        if (!ids.includes(id)) return [`there is no step ${id}`];
        const awaited = awaitedBy(build, id);
        return needed(ids)
          .filter((name) => !awaited.has(name))
          .map((name) => `${id} does not wait for ${name}`);
      });
    },
  },
  {
    sentence: 'a step that fails ends the build',
    violations: ({ steps }) =>
      steps
        .filter(({ allowFailure = false, allowExitCodes = [] }) => allowFailure || allowExitCodes.length > 0)
        .map(({ id }) => `${id} may fail`),
  },
  {
    sentence: 'the build has time for the longest way through its steps',
    violations: (build) => {
      const total = secondsOf(build.timeout);
      const longest = Math.max(...build.steps.map(({ id }) => wayTo(build, id)));
      return [
        ...build.steps.filter(({ timeout }) => timeout === undefined).map(({ id }) => `${id} has no timeout`),
        ...(total >= longest
          ? []
          : [`${longest} s may be needed, and the build has ${build.timeout ?? 'no timeout'}`]),
        ...(total <= LONGEST_SECONDS ? [] : [`Cloud Build gives no build ${build.timeout ?? 'so long'}`]),
      ];
    },
  },
];

/** Seconds at most until the end of a step, from the start of the build. */
function wayTo(build: Build, id: string): number {
  const step = build.steps.find((one) => one.id === id);
  const own = secondsOf(step?.timeout ?? '0s');
  return own + Math.max(0, ...[...awaitedBy(build, id)].map((before) => wayTo(build, before)));
}
