/**
 * Where the VM's own metadata server keeps things. Pure.
 */

/** `host`: a name or an address, with a port or without. */
export function metadataUrl(host: string, path: string): string {
  return `http://${host}/computeMetadata/v1/${path}`;
}

/** `format=full` is what puts the VM into the identity token. */
export function identityTokenPath(audience: string): string {
  return `instance/service-accounts/default/identity?audience=${encodeURIComponent(audience)}&format=full`;
}
