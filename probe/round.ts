/**
 * One round: each probe is asked, used where it has something to use, judged and reported.
 */

import { loggableText } from '../shared/loggable.ts';
import type { Ask } from './ask.ts';
import { judge, type Verdict } from './judge.ts';
import type { Probe } from './probes.ts';
import type { UseToken } from './use-token.ts';

export type Report = (probe: string, verdict: Verdict) => void | Promise<void>;

interface Dependencies {
  readonly ask: Ask;
  readonly useToken: UseToken;
  readonly report: Report;
}

/** One after the other: a function that cannot bear six requests at once is not what is asked about. */
export async function probeRound(
  probes: readonly Probe[],
  dependencies: Dependencies,
  signal: AbortSignal,
): Promise<void> {
  for (const probe of probes) {
    const verdict = await verdictOn(probe, dependencies, signal);
    signal.throwIfAborted();
    await dependencies.report(probe.name, verdict);
  }
}

async function verdictOn(
  { question, expected }: Probe,
  { ask, useToken }: Dependencies,
  signal: AbortSignal,
): Promise<Verdict> {
  try {
    const answer = await ask(question, signal);
    const used =
      expected === 'token' && answer.token !== undefined ? await useToken(answer.token, signal) : undefined;
    return judge(expected, answer, used);
  } catch (error) {
    signal.throwIfAborted();
    // what cannot be reached refuses nobody
    const why = error instanceof Error ? error.message : 'unknown';
    return { result: 'broken', sentence: `nothing answered: ${loggableText(why)}` };
  }
}
