/**
 * Several loads by turns: each round runs every one of them once, so that whatever else the machine does meets them all.
 */

import { untilIdle } from './idle-machine.ts';
import type { LoadResult, RunLoad } from './saturating-load.ts';

export interface Alternation {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/** Gives the results of each load, round by round; those of the warm-up are dropped. */
export async function alternate<Name extends string, Result extends LoadResult>(
  loads: Readonly<Record<Name, RunLoad<Result>>>,
  { rounds, seconds, warmUpSeconds }: Alternation,
): Promise<Record<Name, Result[]>> {
  const entries = Object.entries(loads) as [Name, RunLoad<Result>][];
  const measured = Object.fromEntries(entries.map(([name]) => [name, [] as Result[]])) as Record<
    Name,
    Result[]
  >;
  for (const [, run] of entries) await run({ seconds: warmUpSeconds });
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, run] of entries) {
      await untilIdle();
      const result = await run({ seconds });
      if (result.clientUtilization > 0.9) process.stderr.write(`${name}: the client was the bottleneck\n`);
      measured[name].push(result);
    }
  }
  return measured;
}
