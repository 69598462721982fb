/**
 * A private directory for gcloud, which keeps its tokens and its idea of the machine there.
 */

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';

export function makeCloudSdkConfig(): Promise<string> {
  return mkdtemp(`${tmpdir()}/refresher-gcloud-`);
}
