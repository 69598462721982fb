/**
 * The metadata server with all that is behind it, as `serve` and `exec` run it.
 */

import type { Server } from 'node:http';
import { badConfiguration } from '../failure.ts';
import type { Log } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { createMetadataServer, listen } from '../metadata-server/server.ts';
import type { ListenAddress } from '../settings/listen-address.ts';
import type { ServingSettings } from '../settings/settings.ts';
import { errorCode } from '../../shared/unknown.ts';
import type { KeptAccount } from '../tokens/account.ts';
import { keepTokenFile } from '../token-file.ts';
import { createAccounts } from './vending.ts';
import { vmProjectId, vmProjectNumber } from './vm-project.ts';

export interface Serving {
  /** `HOST:PORT` as clients write it, or `unix:PATH`. */
  readonly address: string;
  readonly accounts: readonly KeptAccount[];
  /** Of the VM; `undefined` where it does not say. */
  readonly vmProjectId: () => Promise<string | undefined>;
  readonly stop: () => Promise<void>;
}
