/**
 * The project that a service account's e-mail names. Pure.
 */

/** `trainer@acme-data.iam.gserviceaccount.com` → `acme-data`. Accounts that Google makes by itself are named otherwise. */
export function projectOfAccount(email: string): string | undefined {
  return /@([a-z0-9-]+)\.iam\.gserviceaccount\.com$/.exec(email)?.[1];
}
