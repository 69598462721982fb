/**
 * The root of the prober: `node probe.mjs CONFIG.json` asks a round every few minutes, until it is told to end.
 *
 * It stays one process, and so one cgroup: the concealment of its VM lets that one through.
 */

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '../refresher/log.ts';
import { createMetadataClient } from '../refresher/vending/metadata-client.ts';
import { createAsk } from './ask.ts';
import { parseConfig } from './config.ts';
import { probesOf } from './probes.ts';
import { createReport } from './report.ts';
import { probeRound } from './round.ts';
import { createUseToken } from './use-token.ts';

const EVERY_MS = 5 * 60_000;
const METADATA_HOST = '169.254.169.254';

async function main(path: string, signal: AbortSignal): Promise<void> {
  const config = parseConfig(readFileSync(path, 'utf8'));
  const log = createLog({
    write: (line) => void process.stderr.write(line),
    isTerminal: process.stderr.isTTY,
    now: () => new Date(),
  });
  const metadata = createMetadataClient({ host: METADATA_HOST });
  const ask = createAsk(metadata);
  const useToken = createUseToken(config);
  const report = createReport(config, metadata, signal);
  const probes = probesOf(config);
  while (!signal.aborted) {
    // a round that nobody hears of is missed: there is an alert for silence
    await probeRound(probes, { ask, useToken, report }, signal).catch((error: unknown) => {
      if (!signal.aborted) log('ERROR', error instanceof Error ? error.message : 'the round broke off');
    });
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

const [path] = process.argv.slice(2);
const ending = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => ending.abort());
if (path === undefined) {
  process.stderr.write('usage: node probe.mjs CONFIG.json\n');
  process.exitCode = 64;
} else await main(path, ending.signal);
