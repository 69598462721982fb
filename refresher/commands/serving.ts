/**
 * The metadata server with all that is behind it, as `serve` and `exec` run it.
 */

import type { Server } from 'node:http';
import type { Log } from '../log.ts';
import { passedOnTree } from '../metadata-server/pass-through.ts';
import { createMetadataServer, listen } from '../metadata-server/server.ts';
import { createMetrics } from '../metrics.ts';
import type { ServingSettings } from '../settings/settings.ts';
import { keepTokenFile } from '../token-file.ts';
import type { KeptAccount } from '../tokens/account.ts';
import { keepChecking } from '../tokens/checks.ts';
import { systemClock } from '../tokens/clock.ts';
import { createAccounts } from './vending.ts';
import { projectFacts } from './vm-project.ts';

export interface Serving {
  /** `HOST:PORT` with the port that was given or found, or `unix:PATH`. */
  readonly address: string;
  readonly accounts: readonly KeptAccount[];
  /** What clients are told; `undefined` where the VM does not say. */
  readonly projectId: () => Promise<string | undefined>;
  /** Resolves when the token file, if there is one, is as the account is. */
  readonly tokenFileSettled: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** A request that is being answered gets so long; one that waits for a change would hold up the end for an hour. */
const DRAIN_MS = 500;

/** Fetches tokens, and listens. Throws a `Failure` where it cannot listen. */
export async function startServing(settings: ServingSettings, log: Log): Promise<Serving> {
  const stopping = new AbortController();
  const metrics = settings.isMetered ? createMetrics() : undefined;
  const { metadata, accounts, check } = createAccounts(settings, log, metrics);
  const project = projectFacts(settings.project, metadata, stopping.signal);
  const server = createMetadataServer({
    accounts,
    project,
    passedOn: passedOnTree((path) => metadata.text(path, stopping.signal)),
    guards: { allowRemotePeers: settings.allowRemotePeers, hosts: acceptedHosts(settings) },
    ...(metrics && { metrics }),
    log,
  });
  const tokenFile = keepDefaultToken(settings, accounts, log);
  for (const account of accounts) account.start();
  const tools = { clock: systemClock, random: Math.random, log };
  keepChecking({ accounts: () => accounts, check, ...tools }, stopping.signal);

  async function stop(): Promise<void> {
    for (const account of accounts) account.stop();
    stopping.abort();
    await Promise.all([closed(server), tokenFile?.close()]);
  }

  try {
    const { address } = await listen(server, settings.listen);
    const tokenFileSettled = async () => tokenFile?.settled();
    return { address, accounts, projectId: project.projectId, tokenFileSettled, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** By the name that it was told to listen on, clients will call it. */
function acceptedHosts({ acceptHosts, listen: address }: ServingSettings): readonly string[] {
  return address.kind === 'tcp' ? [...acceptHosts, address.host] : acceptHosts;
}

function keepDefaultToken({ tokenFile: path }: ServingSettings, [account]: readonly KeptAccount[], log: Log) {
  if (path === undefined || account === undefined) return undefined;
  return keepTokenFile({ path, account, log, setTimer: systemClock.setTimer });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const drained = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    // the error says that it never listened
    server.close(() => {
      clearTimeout(drained);
      resolve();
    });
    server.closeIdleConnections();
  });
}
