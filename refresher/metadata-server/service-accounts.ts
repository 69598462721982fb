/**
 * `instance/service-accounts/`: every target as an account, Workspace users included, the first one as `default` too.
 *
 * https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys#instance-metadata
 */

import { CLOUD_PLATFORM_SCOPE } from '../../shared/protocol.ts';
import type { Account } from '../tokens/account.ts';
import { accessTokenEndpoint } from './access-token.ts';
import { identityTokenEndpoint } from './identity-token.ts';
import { directory, leaf, type Directory } from './tree.ts';
import { lines, text } from './values.ts';

export interface Counters {
  readonly tokenRequest: (status: number) => void;
  readonly identityRequest: (status: number) => void;
}

/** gcloud takes every line but `default/` for an account that it has; the active one is what `default/email` says. */
export function serviceAccounts(accounts: readonly Account[], counters: Counters): Directory {
  const directories = new Map<string, Directory>();
  for (const [at, account] of accounts.entries()) {
    const aliases = at === 0 ? ['default'] : [];
    const node = accountDirectory(account, aliases, counters);
    for (const name of [...aliases, account.target.email]) directories.set(name, node);
  }
  return directory(directories, { keepsNames: true });
}

function accountDirectory(account: Account, aliases: readonly string[], counters: Counters): Directory {
  return directory({
    aliases: leaf(() => lines(aliases)),
    email: leaf(() => text(account.target.email)),
    identity: identityTokenEndpoint(account, counters.identityRequest),
    scopes: leaf(() => lines(scopesOf(account))),
    token: accessTokenEndpoint(account, counters.tokenRequest),
  });
}

/** Clients want at least one, whatever is known, and `cloud-platform` is how they ask for all there is. */
function scopesOf(account: Account): readonly string[] {
  const reading = account.currentAccessToken();
  return reading?.kind === 'token' && reading.scopes.length > 0 ? reading.scopes : [CLOUD_PLATFORM_SCOPE];
}
