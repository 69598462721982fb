/**
 * `refresher exec`: a metadata server for one command, which starts when the tokens are there and whose end is the end.
 */

import { mkdtemp, rm, access } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyTo, childEnvironment, type Environment } from '../child/environment.ts';
import { runChild } from '../child/run-child.ts';
import type { Log } from '../log.ts';
import { clientAddress } from '../settings/listen-address.ts';
import type { ExecSettings } from '../settings/settings.ts';
import type { Context } from './context.ts';
import { firstTokens } from './first-tokens.ts';
import { startServing, type Serving } from './serving.ts';

export async function exec(
  settings: ExecSettings,
  command: readonly string[],
  context: Context,
): Promise<number> {
  const { log, open } = heldBack(context.log);
  const serving = await startServing(settings, log);
  try {
    await firstTokens(serving.accounts, settings.waitSeconds, context);
    await serving.tokenFileSettled();
    open();
    await warnOfWellKnownFile(context);
    return await inPrivateDirectory(async (directory) => {
      const environment = await environmentOf(settings, serving, directory, context.environment);
      // told to end just now: the command would never learn of it
      context.signal.throwIfAborted();
      return runChild(command, environment);
    });
  } finally {
    await serving.stop();
  }
}

/** Until the command runs, what goes wrong is said once, as the reason why it does not. */
function heldBack(log: Log): { readonly log: Log; readonly open: () => void } {
  let isOpen = false;
  return {
    log: (...line) => void (isOpen && log(...line)),
    open: () => {
      isOpen = true;
    },
  };
}

async function environmentOf(
  { listen, project }: ExecSettings,
  { address, projectId }: Serving,
  cloudSdkConfig: string,
  inherited: Environment,
): Promise<Record<string, string>> {
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  const variables = childEnvironment({
    address: clientAddress({ host: listen.host, port }),
    inherited,
    cloudSdkConfig,
    project,
    vmProject: await projectId(),
  });
  return applyTo(inherited, variables);
}

/** For gcloud, which keeps tokens there; removed with them when the command has ended. */
async function inPrivateDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'refresher-gcloud-'));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** `CLOUDSDK_CONFIG` moves it for Python, Node and tensorstore; the others always look in the home directory. */
async function warnOfWellKnownFile({ environment, log }: Context): Promise<void> {
  const home = environment['HOME'] ?? '';
  const path = join(home, '.config/gcloud/application_default_credentials.json');
  const isThere = await access(path).then(
    () => home !== '',
    () => false,
  );
  if (isThere) log('WARNING', 'Go and C++ programs will use this file, not the target', { path });
}
