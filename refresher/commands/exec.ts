/**
 * `refresher exec`: a metadata server for one command, which starts when the tokens are there and whose end is the end.
 */

import { applyTo, childEnvironment, type Environment } from '../child/environment.ts';
import { makePrivateDirectory } from '../child/private-directory.ts';
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
      return runChild(command, environment, context.signal);
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
  const directory = await makePrivateDirectory();
  try {
    return await use(directory);
  } finally {
    const { rm } = await import('node:fs/promises');
    await rm(directory, { recursive: true, force: true });
  }
}

/** `CLOUDSDK_CONFIG` moves it for Python, Node and tensorstore; the others always look in the home directory. */
async function warnOfWellKnownFile({ environment, log }: Context): Promise<void> {
  const home = environment['HOME'] ?? '';
  const path = `${home}/.config/gcloud/application_default_credentials.json`;
  const { access } = await import('node:fs/promises');
  const isThere = await access(path).then(
    () => home !== '',
    () => false,
  );
  if (isThere) log('WARNING', 'Go and C++ programs will use this file, not the target', { path });
}
