/**
 * `npm run bench`: each figure beside its baseline, measured in the same run. Prints a table and writes
 * `dist/bench.json`. The bounds are promises of the project; one that this machine misses is shown as MISSED, and fails
 * the command with `--strict` alone.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { isMet, type Figure } from './figure.ts';
import { idleRounds } from './idle-machine.ts';
import { prepareBuilds, RESULTS } from './measured-builds.ts';
import { parseOptions, USAGE, type BenchOptions } from './options.ts';
import { watchedMoments } from './speed-watch.ts';
import { table } from './table.ts';
import { measureAdmin } from './admin/measure.ts';
import { measureAddedLatency } from './added-latency.ts';
import { measureColdStart } from './cold-start.ts';
import { measureMemory } from './memory.ts';
import { measureHost } from './host/measure.ts';
import { measureRefresher } from './refresher/measure.ts';
import { measureThroughput } from './throughput.ts';

/** EX_USAGE of sysexits.h. */
const EXIT_USAGE = 64;

const MEASUREMENTS: Readonly<Record<string, (options: BenchOptions) => Promise<readonly Figure[]>>> = {
  throughput: measureThroughput,
  latency: measureAddedLatency,
  start: measureColdStart,
  memory: measureMemory,
  refresher: measureRefresher,
  host: measureHost,
  admin: measureAdmin,
};

function chosen({ only }: BenchOptions): [string, (options: BenchOptions) => Promise<readonly Figure[]>][] {
  const all = Object.entries(MEASUREMENTS);
  if (only === undefined) return all;
  const found = all.filter(([name]) => name === only);
  if (found.length > 0) return found;
  throw new TypeError(`--only takes one of ${all.map(([name]) => name).join(', ')}`);
}

function machine() {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    node: process.version,
  };
}

function circumstances(): string {
  const { cores, processor, memoryMiB, node } = machine();
  return [`${cores} cores (${processor}), ${memoryMiB} MiB, node ${node}`, ...disturbances()].join('; ');
}

function disturbances(): readonly string[] {
  const { idle, busy } = idleRounds();
  const { all, slow } = watchedMoments();
  const others = `the machine was busy with something else before ${busy} of ${idle + busy} rounds`;
  const speed = `its processor ran at less than half its speed, or for others, for ${((100 * slow) / all).toFixed(1)} % of the moments watched`;
  return [...(busy > 0 ? [others] : []), ...(slow > 0 ? [speed] : [])];
}

async function bench(options: BenchOptions): Promise<readonly Figure[]> {
  const measurements = chosen(options);
  await prepareBuilds();
  const figures: Figure[] = [];
  for (const [name, measure] of measurements) {
    process.stdout.write(`measuring ${name} …\n`);
    figures.push(...(await measure(options)));
  }
  const judged = figures.map((figure) => ({ ...figure, met: isMet(figure) }));
  await mkdir(dirname(RESULTS), { recursive: true });
  await writeFile(
    RESULTS,
    `${JSON.stringify({ machine: machine(), rounds: idleRounds(), speed: watchedMoments(), figures: judged }, null, 2)}\n`,
  );
  process.stdout.write(`\n${table(figures)}\n${circumstances()}\n`);
  return figures;
}

try {
  const options = parseOptions(process.argv.slice(2));
  const figures = await bench(options);
  if (options.strict && figures.some((figure) => isMet(figure) === false)) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  process.stderr.write(`${error.message}\n${USAGE}\n`);
  process.exitCode = EXIT_USAGE;
}
