/** What stands between a client and its tokens: by stage, what is started for it and what its environment says. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../support/processes/free-port.ts';
import { PROJECT_ID } from '../../support/world/world.ts';
import { METADATA_ADDRESS } from './namespace.ts';
import { startRecorder, type Recorder } from './recorder.ts';
import { runRefresher, startRefresher, type Until } from './refresher.ts';
import type { Identity, Mode, Place } from './row.ts';
import type { StageName } from './stages.ts';
import { startTcpProxy } from './tcp-proxy.ts';
import { MEMBERS, type ConformanceWorld } from './world.ts';

export interface Surroundings {
  /** The environment of a client, by mode. */
  readonly environment: (mode: Mode) => Readonly<Record<string, string>>;
  readonly agentless?: NonNullable<Place['agentless']>;
  /** In front of the refresher, where the stage has one. */
  readonly recorder?: Recorder;
  readonly close: () => Promise<void>;
}

export interface Scene {
  readonly world: ConformanceWorld;
  readonly identity: Identity;
  readonly folder: string;
  readonly tls: { readonly certificate: string; readonly key: string };
}

export const SURROUNDINGS: Readonly<Record<StageName, (scene: Scene) => Promise<Surroundings>>> = {
  async variables(scene) {
    const listen = `127.0.0.1:${await freePort()}`;
    const tokenFile = join(scene.folder, 'token');
    const args = [...refresherArguments(scene), `--token-file=${tokenFile}`];
    const refresher = await startRefresher(listen, args, 'ready');
    const variables = await variablesFor(listen, scene);
    return {
      environment: (mode) =>
        mode === 'environment' ? variables : { CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: tokenFile },
      close: () => refresher.stop(),
    };
  },

  async intercepted(scene) {
    const refresher = await startRefresher(`${METADATA_ADDRESS}:80`, refresherArguments(scene), 'ready');
    return { environment: () => ({}), close: () => refresher.stop() };
  },

  async 'on a VM'(scene) {
    const { world, identity, tls } = scene;
    const vm = await startTcpProxy(world.metadata.host, { host: METADATA_ADDRESS, port: 80 });
    const { url } = world.functions[identity === 'user' ? 'delegate' : 'impersonate'];
    const secure = await startTcpProxy(new URL(url).host, { host: '127.0.0.1', port: 0, tls });
    const agentless = {
      file: await writeAdcFile(scene, 'adc.json', url),
      tlsFile: await writeAdcFile(scene, 'adc-tls.json', `https://localhost:${secure.port}`),
    };
    return {
      agentless,
      environment: () => agentlessVariables(agentless.file),
      close: async () => {
        await secure.close();
        await vm.close();
      },
    };
  },

  async 'file only'(scene) {
    const { url } = scene.world.functions[scene.identity === 'user' ? 'delegate' : 'impersonate'];
    const file = await writeAdcFile(scene, 'adc.json', url);
    return { environment: () => agentlessVariables(file), close: () => Promise.resolve() };
  },

  recorded: (scene) => withRecorder(scene, refresherArguments(scene), 'ready'),

  async refused(scene) {
    await scene.world.withdrawGrants();
    return withRecorder(scene, refresherArguments(scene), 'answering');
  },

  outage: (scene) => {
    const args = refresherArguments(scene);
    // Nobody listens there.
    const dead = args.map((argument) => argument.replace(/^(--\w+-url)=.*/, '$1=http://127.0.0.1:1'));
    return withRecorder(scene, dead, 'answering');
  },
};

function refresherArguments({ world, identity }: Scene): readonly string[] {
  const metadataHost = `--metadata-host=${world.metadata.host}`;
  return [...world.refresherArguments, metadataHost, `--target=${MEMBERS[identity]}`];
}

async function withRecorder(scene: Scene, args: readonly string[], until: Until): Promise<Surroundings> {
  const listen = `127.0.0.1:${await freePort()}`;
  const refresher = await startRefresher(listen, args, until);
  const recorder = await startRecorder(listen);
  const variables = await variablesFor(recorder.host, scene);
  return {
    environment: () => variables,
    recorder,
    close: async () => {
      await recorder.close();
      await refresher.stop();
    },
  };
}

/** What the refresher says that a client's environment must hold. */
async function variablesFor(listen: string, { folder }: Scene): Promise<Record<string, string>> {
  const args = ['env', '--format=json', `--listen=${listen}`, `--project=${PROJECT_ID}`];
  const stated = JSON.parse(await runRefresher(args, folder)) as Record<string, string | null>;
  // null: to be unset, as everything is where the client runs
  return Object.fromEntries(
    Object.entries(stated).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
}

async function writeAdcFile({ world, identity, folder }: Scene, name: string, url: string): Promise<string> {
  const address = `--${identity === 'user' ? 'delegate' : 'impersonate'}-url=`;
  const others = world.refresherArguments.filter((argument) => !argument.startsWith(address));
  const file = join(folder, name);
  const args = ['adc', ...others, `${address}${url}`, `--target=${MEMBERS[identity]}`];
  await writeFile(file, await runRefresher(args, folder));
  return file;
}

function agentlessVariables(file: string): Record<string, string> {
  return { GOOGLE_APPLICATION_CREDENTIALS: file, GOOGLE_CLOUD_PROJECT: PROJECT_ID };
}
