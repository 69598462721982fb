/**
 * A private directory for gcloud, which keeps its tokens and its idea of the machine there.
 */

import { files } from '../files.ts';

export async function makeCloudSdkConfig(): Promise<string> {
  const [{ mkdtemp }, { tmpdir }] = await Promise.all([files(), import('node:os')]);
  return mkdtemp(`${tmpdir()}/refresher-gcloud-`);
}
