/**
 * The service behind a URL of Cloud Run's, for command lines: what the URL does not say stands there in capitals. Pure.
 *
 * https://cloud.google.com/run/docs/triggering/https-request
 */

export interface Service {
  readonly name: string;
  readonly region: string;
}

const BY_NUMBER = /^([a-z][a-z0-9-]*)-\d+\.([a-z0-9-]+)\.run\.app$/;
const BY_HASH = /^([a-z][a-z0-9-]*)-[a-z0-9]{6,}-[a-z]{2,3}\.a\.run\.app$/;

/** `url` must be one. */
export function serviceOf(url: string): Service {
  const { hostname } = new URL(url);
  const [, numbered, region] = BY_NUMBER.exec(hostname) ?? [];
  const [, hashed] = BY_HASH.exec(hostname) ?? [];
  return { name: numbered ?? hashed ?? 'FUNCTION', region: region ?? 'REGION' };
}
