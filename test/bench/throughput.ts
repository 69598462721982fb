/**
 * Exchanges per second of a warm function, whose minted token is reused: what verifying, deciding and recording cost
 * beside a framework that only parses the form.
 */

import { createGrantsFile } from '../support/world/grant-documents.ts';
import { createWorld, fleetDocument, TRAINER_GRANT } from '../support/world/world.ts';
import { exchangeRequest } from './exchange-requests.ts';
import { alternate } from './alternating-loads.ts';
import { ratioFigure, type Figure } from './figure.ts';
import { createVms, NEVER_REMEMBERED, signIdentityTokens } from './identity-tokens.ts';
import { startUnderFramework } from './launch-under-framework.ts';
import { EMPTY, FUNCTIONS } from './measured-builds.ts';
import type { BenchOptions } from './options.ts';
import { createLoad, type LoadResult } from './saturating-load.ts';

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

type Measured = Readonly<Record<'empty' | 'logging' | 'fresh' | 'repeated', readonly LoadResult[]>>;

function figures(measured: Measured): Figure[] {
  const unit = 'requests/s';
  const of = (name: keyof Measured) => measured[name].map(({ requestsPerSecond }) => requestsPerSecond);
  const baseline = of('empty');
  return [
    ratioFigure({
      name: 'exchanges, a new identity token each',
      unit,
      ours: of('fresh'),
      baseline,
      bound: { atLeast: AT_LEAST_NEW },
    }),
    ratioFigure({
      name: 'exchanges, repeated identity tokens',
      unit,
      ours: of('repeated'),
      baseline,
      bound: { atLeast: AT_LEAST_REPEATED },
    }),
    ratioFigure({ name: 'the empty function with a log line', unit, ours: of('logging'), baseline }),
  ];
}
