/**
 * Composes what gets tokens: the VM's metadata server, the functions, and an account for each target.
 */

import type { Log } from '../log.ts';
import { countOutcomes, type Metrics } from '../metrics.ts';
import type { VendingSettings } from '../settings/settings.ts';
import type { KeptAccount } from '../tokens/account.ts';
import { systemClock } from '../tokens/clock.ts';
import { createAccount } from '../tokens/create-account.ts';
import { createCheckClient, type Check } from '../vending/check-client.ts';
import { createMetadataClient, type MetadataClient } from '../vending/metadata-client.ts';
import { createVendingClient } from '../vending/vending-client.ts';

export interface Vending {
  readonly metadata: MetadataClient;
  /** Of the targets, in their order; none of them started. */
  readonly accounts: readonly KeptAccount[];
  readonly check: Check;
}

export function createAccounts(
  { targets, functions, metadataHost }: VendingSettings,
  log: Log,
  metrics?: Metrics,
): Vending {
  const metadata = createMetadataClient({ host: metadataHost });
  const vend = countOutcomes(createVendingClient({ functions, metadata }), metrics?.countExchange);
  const check = countOutcomes(createCheckClient({ functions, metadata }), metrics?.countCheck);
  const tools = { vend, clock: systemClock, random: Math.random, log };
  return { metadata, accounts: targets.map((target) => createAccount({ target, ...tools })), check };
}
