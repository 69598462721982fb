/**
 * `refresher env`: the variables by which clients find a metadata server that runs elsewhere.
 */

import { makeCloudSdkConfig } from '../child/cloudsdk-config.ts';
import { childEnvironment } from '../child/environment.ts';
import { renderEnvironment } from '../child/render.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { EnvSettings } from '../settings/settings.ts';
import { createMetadataClient } from '../vending/metadata-client.ts';
import type { Context } from './context.ts';
import { vmProjectId } from './vm-project.ts';

/** Private, because nothing else lives in the container's own `/tmp`; gcloud makes it. */
const CONTAINER_CLOUDSDK_CONFIG = '/tmp/gcloud';

export async function env(settings: EnvSettings, context: Context): Promise<number> {
  const { address, project, metadataHost, format } = settings;
  const { environment: inherited, print, log, signal } = context;
  const isKnown = (project ?? inherited['GOOGLE_CLOUD_PROJECT'] ?? '') !== '';
  const metadata = createMetadataClient({ host: metadataHost, timeoutMs: 2_000 });
  const vmProject = isKnown ? undefined : await vmProjectId(metadata, signal);
  signal.throwIfAborted();
  if (!isKnown && vmProject === undefined) {
    log('WARNING', `no project: ${metadataHost} does not say which; set --project`);
  }
  // it stays behind: nobody knows when the last program that has it in its environment ends
  const cloudSdkConfig = format === 'docker' ? CONTAINER_CLOUDSDK_CONFIG : await makeCloudSdkConfig();
  const variables = childEnvironment({ address, inherited, cloudSdkConfig, project, vmProject });
  await print(renderEnvironment(variables, format, inherited));
  return EXIT_CODES.ok;
}
