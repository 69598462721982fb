/**
 * Resident memory after twenty thousand token requests, beside the bare server's after as many.
 */

import { ratioFigure, type Figure } from '../figure.ts';
import type { BenchOptions } from '../options.ts';
import { residentUnderLoad } from '../resident-under-load.ts';
import { startAt, type Comparison, type ProgramAt } from './stage.ts';
import { tokenRequest } from './token-answer.ts';

const REQUESTS = 20_000;
const AT_MOST = 1.2;

export async function measureResident(
  { runtime, ours, bare }: Comparison,
  { quick }: BenchOptions,
): Promise<Figure> {
  const spent = { ours: [] as number[], baseline: [] as number[] };
  for (let pair = 0; pair < (quick ? 1 : 5); pair += 1) {
    spent.baseline.push(await residentMiB(bare));
    spent.ours.push(await residentMiB(ours));
  }
  return ratioFigure({
    name: `refresher, ${runtime.name}: memory after 20 000 requests`,
    unit: 'MiB',
    ...spent,
    bound: { atMost: AT_MOST },
  });
}

async function residentMiB(programAt: ProgramAt): Promise<number> {
  const running = await startAt(programAt);
  const load = { port: running.port, requests: [tokenRequest(running.port)] };
  return (await residentUnderLoad(running, load, REQUESTS)).lastQuarter;
}
