/**
 * `refresher exec`: a metadata server for one command, which starts when the tokens are there and whose end is the end.
 */

import { makeCloudSdkConfig } from '../child/cloudsdk-config.ts';
import { applyTo, childEnvironment, type Environment } from '../child/environment.ts';
import { runChild } from '../child/run-child.ts';
import { files } from '../files.ts';
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
  // until the command runs, what goes wrong is said once, as the reason why it does not
  let isRunning = false;
  const log: Log = (...line) => void (isRunning && context.log(...line));
  const serving = await startServing(settings, log);
  try {
    await firstTokens(serving.accounts, settings.waitSeconds, context);
    await serving.tokenFileSettled();
    isRunning = true;
    await warnOfWellKnownFile(context);
    const directory = await makeCloudSdkConfig();
    try {
      const environment = await environmentOf(settings, serving, directory, context.environment);
      return await runChild(command, environment, context.signal);
    } finally {
      // gcloud has put tokens there
      const { rm } = await files();
      await rm(directory, { recursive: true, force: true });
    }
  } finally {
    await serving.stop();
  }
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

/** `CLOUDSDK_CONFIG` moves it for Python, Node and tensorstore; the others always look in the home directory. */
async function warnOfWellKnownFile({ environment, log }: Context): Promise<void> {
  const path = `${environment['HOME'] ?? ''}/.config/gcloud/application_default_credentials.json`;
  const { access } = await files();
  await access(path).then(
    () => log('WARNING', 'Go and C++ programs will use this file, not the target', { path }),
    () => undefined,
  );
}
