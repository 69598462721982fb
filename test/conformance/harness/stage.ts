/**
 * Inside a namespace: a world, the APIs, and what stands between a client and its tokens in that stage's modes. Runs one
 * client at a time, so that whatever the APIs see meanwhile is that client's.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../support/processes/free-port.ts';
import { PROJECT_ID } from '../../support/world/world.ts';
import { startApiServer } from '../fake-apis/api-server.ts';
import { BUCKET } from '../fake-apis/contents.ts';
import type { Seen } from '../fake-apis/seen.ts';
import { createCertificates } from './certificates.ts';
import { METADATA_ADDRESS } from './namespace.ts';
import { runRefresher, startRefresher } from './refresher.ts';
import type { Command, Identity, Installed, Mode, Place, Row, StartService } from './row.ts';
import { runClient } from './run-client.ts';
import type { StageName } from './stages.ts';
import { startTcpProxy } from './tcp-proxy.ts';
import { EMAILS, MEMBERS, startConformanceWorld, type ConformanceWorld } from './world.ts';
import type { Observation } from './observation.ts';
import { createObserver } from './observer.ts';

export interface Stage {
  readonly world: ConformanceWorld;
  readonly run: (
    row: Row,
    mode: Mode,
    installed: Installed,
  ) => Promise<{ command: Command; observed: Observation }>;
  readonly close: () => Promise<void>;
}

/** What only the harness may set: with any other of these a row would not prove what its mode says. */
const SAYS_WHERE_CREDENTIALS_ARE =
  /^(?:GCE_METADATA_|GOOGLE_APPLICATION_CREDENTIALS$|GOOGLE_CLOUD_PROJECT$|CLOUDSDK_(?:AUTH_|CONFIG$|CORE_(?:PROJECT|ACCOUNT)$)|NO_PROXY$|no_proxy$|METADATA_SERVER_DETECTION$)/;

interface Surroundings {
  /** The environment of a client, by mode. */
  readonly environment: (mode: Mode) => Readonly<Record<string, string>>;
  readonly agentless?: NonNullable<Place['agentless']>;
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

    async run(row, mode, installed) {
      runs += 1;
      const { start } = { start: row.service };
      if (start !== undefined && !services.has(start)) {
        services.set(start, start({ google: world.google, saw, tls }));
      }
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
        service: start === undefined ? {} : ((await services.get(start))?.service ?? {}),
      };
      const command = row.command(place);
      refuseCredentials(command, mode);
      seen.length = 0;
      const env = { ...surroundings.environment(mode), ...command.env };
      const ended = await runClient(place.folder, { ...command, env });
      return { command, observed: await observe(ended, [...seen]) };
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
}

function refuseCredentials({ env = {} }: Command, mode: Mode): void {
  const refused = Object.keys(env).filter(
    (variable) =>
      SAYS_WHERE_CREDENTIALS_ARE.test(variable) &&
      !(mode === 'agentless' && variable === 'GOOGLE_APPLICATION_CREDENTIALS'),
  );
  if (refused.length > 0) throw new Error(`a row sets ${refused.join(', ')}`);
}

interface Scene {
  readonly world: ConformanceWorld;
  readonly identity: Identity;
  readonly folder: string;
  readonly tls: { readonly certificate: string; readonly key: string };
}

const SURROUNDINGS: Readonly<Record<StageName, (scene: Scene) => Promise<Surroundings>>> = {
  async variables({ world, identity, folder }) {
    const listen = `127.0.0.1:${await freePort()}`;
    const tokenFile = join(folder, 'token');
    const args = [
      ...world.refresherArguments,
      `--metadata-host=${world.metadata.host}`,
      `--target=${MEMBERS[identity]}`,
    ];
    const refresher = await startRefresher(listen, [...args, `--token-file=${tokenFile}`]);
    const stated = JSON.parse(
      await runRefresher(['env', '--format=json', `--listen=${listen}`, `--project=${PROJECT_ID}`]),
    ) as Record<string, string | null>;
    // null: to be unset, as everything is where the client runs
    const variables = Object.fromEntries(
      Object.entries(stated).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
    );
    return {
      environment: (mode) =>
        mode === 'environment' ? variables : { CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: tokenFile },
      close: () => refresher.stop(),
    };
  },

  async intercepted({ world, identity }) {
    const refresher = await startRefresher(`${METADATA_ADDRESS}:80`, [
      ...world.refresherArguments,
      `--metadata-host=${world.metadata.host}`,
      `--target=${MEMBERS[identity]}`,
    ]);
    return { environment: () => ({}), close: () => refresher.stop() };
  },

  async 'on a VM'({ world, identity, folder, tls }) {
    const vm = await startTcpProxy(world.metadata.host, { host: METADATA_ADDRESS, port: 80 });
    const kind = identity === 'user' ? 'delegate' : 'impersonate';
    const target = world.functions[kind];
    const secure = await startTcpProxy(new URL(target.url).host, { host: '127.0.0.1', port: 0, tls });
    const address = `--${kind}-url=`;
    const others = world.refresherArguments.filter((argument) => !argument.startsWith(address));
    const write = async (name: string, url: string): Promise<string> => {
      const file = join(folder, name);
      const args = [...others, `${address}${url}`, `--target=${MEMBERS[identity]}`];
      await writeFile(file, await runRefresher(['adc', ...args]));
      return file;
    };
    const agentless = {
      file: await write('adc.json', target.url),
      tlsFile: await write('adc-tls.json', `https://localhost:${secure.port}`),
    };
    return {
      agentless,
      environment: () => ({
        GOOGLE_APPLICATION_CREDENTIALS: agentless.file,
        GOOGLE_CLOUD_PROJECT: PROJECT_ID,
      }),
      close: async () => {
        await secure.close();
        await vm.close();
      },
    };
  },
};
