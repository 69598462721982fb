/**
 * Scopes at impersonate: what was asked, what is granted, and what is given.
 *
 * A grant of `cloud-platform` covers the narrower scopes listed here, because a token of `cloud-platform` can already
 * do all that a token of theirs can. The list is closed; a scope of another product (Drive, Gmail) is never covered.
 * https://developers.google.com/identity/protocols/oauth2/scopes
 */

import { CLOUD_PLATFORM_SCOPE } from '../protocol.ts';

const AUTH = 'https://www.googleapis.com/auth/';

export const COVERED_BY_CLOUD_PLATFORM: ReadonlySet<string> = new Set(
  [
    'bigquery',
    'bigquery.insertdata',
    'bigquery.readonly',
    'bigtable.admin',
    'bigtable.data',
    'bigtable.data.readonly',
    'cloud-platform.read-only',
    'cloudkms',
    'compute',
    'compute.readonly',
    'datastore',
    'devstorage.full_control',
    'devstorage.read_only',
    'devstorage.read_write',
    'logging.admin',
    'logging.read',
    'logging.write',
    'monitoring',
    'monitoring.read',
    'monitoring.write',
    'ndev.clouddns.readonly',
    'ndev.clouddns.readwrite',
    'pubsub',
    'service.management',
    'service.management.readonly',
    'servicecontrol',
    'spanner.admin',
    'spanner.data',
    'sqlservice.admin',
    'trace.append',
    'trace.readonly',
  ].map((name) => AUTH + name),
);

export type ScopeCoverage = (granted: readonly string[], asked: string) => boolean;

/** At delegate, where the Admin console lists exact strings. */
export const exactCoverage: ScopeCoverage = (granted, asked) => granted.includes(asked);

/** At impersonate. */
export const cloudPlatformCoverage: ScopeCoverage = (granted, asked) =>
  granted.includes(asked) || (granted.includes(CLOUD_PLATFORM_SCOPE) && COVERED_BY_CLOUD_PLATFORM.has(asked));

/**
 * The scopes to give: all that is granted where nothing was asked or `cloud-platform` was (which is how libraries ask
 * for "whatever I may do"), otherwise what is both asked and granted. May be empty.
 */
export function effectiveScopes(
  granted: readonly string[],
  asked: readonly string[] | undefined,
  covers: ScopeCoverage,
): readonly string[] {
  if (asked === undefined || asked.includes(CLOUD_PLATFORM_SCOPE)) return granted;
  return asked.filter((scope) => covers(granted, scope));
}
