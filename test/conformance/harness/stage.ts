/**
 * Inside a namespace: a world, the APIs, and what stands between a client and its tokens. Runs one client at a time, so
 * that whatever the APIs see meanwhile is that client's.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ID } from '../../support/world/world.ts';
import { startApiServer } from '../fake-apis/api-server.ts';
import { BUCKET } from '../fake-apis/contents.ts';
import type { Seen } from '../fake-apis/seen.ts';
import { createCertificates } from './certificates.ts';
import { createObserver } from './observer.ts';
import type { Answer, RunClient } from './questions.ts';
import { refuseCredentials } from './refuse-credentials.ts';
import type { Identity, Place, Row, StartService } from './row.ts';
import { runClient } from './run-client.ts';
import type { StageName } from './stages.ts';
import { SURROUNDINGS } from './surroundings.ts';
import { startTcpProxy } from './tcp-proxy.ts';
import { EMAILS, startConformanceWorld, type ConformanceWorld } from './world.ts';

export interface Stage {
  readonly world: ConformanceWorld;
  readonly run: (row: Row, how: Omit<RunClient, 'do' | 'row'>) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

export async function openStage(name: StageName, identity: Identity): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'));
  const [world, certificates] = await Promise.all([startConformanceWorld(), createCertificates(folder)]);
  const seen: Seen[] = [];
  const saw = (request: Seen) => void seen.push(request);
  const api = await startApiServer(world.google, saw);
  const observe = createObserver(world, identity);
  const { caFile, ...tls } = certificates;
  const secureApi = await startTcpProxy(api.host, { host: '127.0.0.1', port: 0, tls });
  const surroundings = await SURROUNDINGS[name]({ world, identity, folder, tls });
  const services = new Map<StartService, ReturnType<StartService>>();
  let runs = 0;

  return {
    world,

    async run(row, { mode, installed, variables = {}, onlyVariables, within = [], sameFolder }) {
      if (sameFolder !== true) runs += 1;
      const place: Place = {
        mode,
        identity,
        email: EMAILS[identity],
        installed,
        folder: join(folder, `client-${runs}`),
        apiUrl: api.url,
        apiTlsUrl: `https://localhost:${secureApi.port}`,
        apiHost: api.host,
        projectId: PROJECT_ID,
        bucket: BUCKET,
        ...(surroundings.agentless !== undefined && { agentless: surroundings.agentless }),
        caFile,
        service: await serviceOf(row),
      };
      const command = row.command(place);
      refuseCredentials(command, mode);
      const modes = Object.entries(surroundings.environment(mode));
      const chosen = modes.filter(([variable]) => onlyVariables?.includes(variable) ?? true);
      const env = without({ ...Object.fromEntries(chosen), ...command.env, ...variables });
      const argv = [...within, ...command.argv] as [string, ...string[]];
      seen.length = 0;
      surroundings.recorder?.take();
      const ended = await runClient(place.folder, { ...command, argv, env });
      return {
        observed: await observe(ended, [...seen]),
        prints: command.prints,
        metadataRequests: surroundings.recorder?.take() ?? [],
      };
    },

    async close() {
      await surroundings.close();
      for (const service of services.values()) await (await service).close();
      await secureApi.close();
      await api.close();
      await world.close();
      await rm(folder, { recursive: true, force: true });
    },
  };

  async function serviceOf({ service: start }: Row): Promise<Readonly<Record<string, string>>> {
    if (start === undefined) return {};
    const started = services.get(start) ?? start({ google: world.google, saw, tls });
    services.set(start, started);
    return (await started).service;
  }
}

function without(variables: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
}
