/**
 * Thousands of different scope lists for one grant. Minted tokens are reused for equal scopes alone, so that a request
 * with scopes of its own has to mint.
 */

const AUTH = 'https://www.googleapis.com/auth/';

/** Both functions may give them: the list is closed at impersonate, and at delegate whatever the ceilings name. */
export const SCOPES: readonly string[] = [
  'bigquery',
  'bigquery.insertdata',
  'bigtable.data',
  'cloudkms',
  'compute',
  'datastore',
  'devstorage.read_write',
  'logging.write',
  'monitoring',
  'pubsub',
  'spanner.data',
  'trace.append',
].map((name) => AUTH + name);

/** How many lists there are: all but the empty one. */
export const COMBINATIONS = 2 ** SCOPES.length - 1;

/** Every index below `COMBINATIONS` gives another list; the first ones are the shortest. */
export function scopeCombination(index: number): string {
  const chosen = (index % COMBINATIONS) + 1;
  return SCOPES.filter((_, bit) => (chosen & (1 << bit)) !== 0).join(' ');
}
