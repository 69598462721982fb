/**
 * A new directory for gcloud's files, which hold tokens: nobody but its owner may enter it.
 */

export async function makePrivateDirectory(): Promise<string> {
  // here and elsewhere: loaded when it is needed, because each module delays the first token
  const [{ mkdtemp }, { tmpdir }] = await Promise.all([import('node:fs/promises'), import('node:os')]);
  return mkdtemp(`${tmpdir()}/refresher-gcloud-`);
}
