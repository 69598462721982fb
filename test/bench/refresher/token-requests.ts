/**
 * Token requests per second, beside a bare server that sends the same bytes; and per second that the server itself
 * kept a processor busy, which neither a slow client nor a busy machine can hide.
 */

import { alternate } from '../alternating-loads.ts';
import { ratioFigure, type Figure } from '../figure.ts';
import type { RunningProcess } from '../launch-process.ts';
import type { BenchOptions } from '../options.ts';
import { createLoad, type LoadResult, type RunLoad } from '../saturating-load.ts';
import { startAt, type Comparison } from './stage.ts';
import { tokenRequest } from './token-answer.ts';

const AT_LEAST = 0.7;

interface Metered extends LoadResult {
  readonly requestsPerProcessorSecond: number;
}

export async function measureTokenRequests(
  { runtime, ours, bare }: Comparison,
  { quick }: BenchOptions,
): Promise<readonly Figure[]> {
  const running = await Promise.all([ours, bare].map(startAt));
  const [oursLoad, bareLoad] = running.map(metered);
  if (oursLoad === undefined || bareLoad === undefined) throw new Error('nothing runs');
  try {
    const measured = await alternate(
      { bare: bareLoad, ours: oursLoad },
      quick ? { rounds: 3, seconds: 0.5, warmUpSeconds: 1 } : { rounds: 25, seconds: 0.8, warmUpSeconds: 5 },
    );
    return figures(runtime.name, measured);
  } finally {
    await Promise.all(running.map(({ stop }) => stop()));
  }
}

function metered(server: RunningProcess): RunLoad<Metered> {
  const run = createLoad({ port: server.port, requests: [tokenRequest(server.port)] });
  return async (limit) => {
    const before = server.processorSeconds();
    const startedAt = performance.now();
    const result = await run(limit);
    const seconds = (performance.now() - startedAt) / 1000;
    const busyShare = (server.processorSeconds() - before) / seconds;
    return { ...result, requestsPerProcessorSecond: result.requestsPerSecond / busyShare };
  };
}

function figures(
  runtime: string,
  { ours, bare }: Readonly<Record<'ours' | 'bare', readonly Metered[]>>,
): readonly Figure[] {
  const of = (results: readonly Metered[], name: keyof Metered) => results.map((result) => result[name]);
  const both = (name: keyof Metered) => ({
    unit: 'requests/s' as const,
    ours: of(ours, name),
    baseline: of(bare, name),
  });
  const bound = { atLeast: AT_LEAST };
  const name = `refresher, ${runtime}: token requests`;
  return [
    ratioFigure({ name, ...both('requestsPerSecond'), bound }),
    ratioFigure({ name: `${name} per processor second`, ...both('requestsPerProcessorSecond'), bound }),
  ];
}
