/**
 * Exchanges per second of a warm function, whose minted token is reused: what verifying, deciding and recording cost
 * beside a framework that only parses the form.
 */

import { createGrantsFile } from '../support/world/grant-documents.ts';
import { createWorld, fleetDocument, TRAINER_GRANT } from '../support/world/world.ts';
import { exchangeRequest } from './exchange-requests.ts';
import { ratioFigure, type Figure } from './figure.ts';
import { untilIdle } from './idle-machine.ts';
import { createVms, NEVER_REMEMBERED, signIdentityTokens } from './identity-tokens.ts';
import { startUnderFramework } from './launch-under-framework.ts';
import { EMPTY, FUNCTIONS } from './measured-builds.ts';
import type { BenchOptions } from './options.ts';
import { createLoad, type RunLoad } from './saturating-load.ts';

const AT_LEAST_NEW = 0.35;
const AT_LEAST_REPEATED = 0.5;

export async function measureThroughput({ quick }: BenchOptions): Promise<readonly Figure[]> {
  const world = await createWorld();
  const vms = createVms(world);
  const documents = Object.assign({}, ...vms.map((vm) => fleetDocument(vm, TRAINER_GRANT)));
  const grants = await createGrantsFile(documents);
  const tokens = signIdentityTokens(world, 'impersonate', vms, NEVER_REMEMBERED);
  const requests = tokens.map((token) => exchangeRequest(token));
  const repeated = requests.slice(0, vms.length);

  const environment = { ...(await world.environment('impersonate')), ...grants.environment };
  const ours = await startUnderFramework({ target: 'impersonate', source: FUNCTIONS, environment });
  const empty = await startUnderFramework({ target: 'empty', source: EMPTY, environment: {} });
  const logging = await startUnderFramework({ target: 'empty-logging', source: EMPTY, environment: {} });
  try {
    const measured = await alternate(
      {
        empty: createLoad({ port: empty.port, requests }),
        logging: createLoad({ port: logging.port, requests }),
        fresh: createLoad({ port: ours.port, requests }),
        repeated: createLoad({ port: ours.port, requests: repeated }),
      },
      quick ? { rounds: 3, seconds: 0.5, warmUpSeconds: 1 } : { rounds: 9, seconds: 2, warmUpSeconds: 5 },
    );
    return figures(measured);
  } finally {
    await Promise.all([ours.stop(), empty.stop(), logging.stop(), world.close(), grants.remove()]);
  }
}

type Measured<Name extends string> = Record<Name, number[]>;

/** Each round runs every load once, so that whatever else the machine does meets them all. */
async function alternate<Name extends string>(
  loads: Record<Name, RunLoad>,
  { rounds, seconds, warmUpSeconds }: { rounds: number; seconds: number; warmUpSeconds: number },
): Promise<Measured<Name>> {
  const entries = Object.entries(loads) as [Name, RunLoad][];
  const measured = Object.fromEntries(entries.map(([name]) => [name, [] as number[]])) as Measured<Name>;
  for (const [, run] of entries) await run({ seconds: warmUpSeconds });
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, run] of entries) {
      await untilIdle();
      const { requestsPerSecond, clientUtilization } = await run({ seconds });
      if (clientUtilization > 0.9) process.stderr.write(`${name}: the client was the bottleneck\n`);
      measured[name].push(requestsPerSecond);
    }
  }
  return measured;
}

function figures(measured: Measured<'empty' | 'logging' | 'fresh' | 'repeated'>): Figure[] {
  const unit = 'requests/s';
  const { empty: baseline, logging, fresh, repeated } = measured;
  return [
    ratioFigure({
      name: 'exchanges, a new identity token each',
      unit,
      ours: fresh,
      baseline,
      bound: { atLeast: AT_LEAST_NEW },
    }),
    ratioFigure({
      name: 'exchanges, repeated identity tokens',
      unit,
      ours: repeated,
      baseline,
      bound: { atLeast: AT_LEAST_REPEATED },
    }),
    ratioFigure({ name: 'the empty function with a log line', unit, ours: logging, baseline }),
  ];
}
