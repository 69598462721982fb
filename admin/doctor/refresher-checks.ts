/**
 * In a container: what clients take for their VM's metadata server, and whether it gives them tokens. The tokens are good for
 * nothing here, and are not read.
 */

import { MetadataUnreachable, type MetadataClient } from '../../refresher/vending/metadata-client.ts';
import { loggableText } from '../../shared/loggable.ts';
import { isRecord, parseJson } from '../../shared/unknown.ts';
import { failed, ok, type Check } from './check.ts';
import { never } from './patient.ts';

const ACCOUNTS = 'instance/service-accounts/';
const START = 'start one: refresher serve, refresher exec -- COMMAND, or refresher host on the VM';

export interface RefresherFound {
  readonly checks: readonly Check[];
  /** E-mails, users among them; the default one first. */
  readonly accounts: readonly string[];
}

export async function refresherChecks(metadata: MetadataClient, host: string): Promise<RefresherFound> {
  try {
    const [fallback, listing] = await Promise.all([
      metadata.text(`${ACCOUNTS}default/email`, never()),
      metadata.text(ACCOUNTS, never()),
    ]);
    if (fallback.status !== 200) {
      const found = `what answers at ${host} has no account (${fallback.status})`;
      return { checks: [failed('metadata', found, START)], accounts: [] };
    }
    const first = loggableText(fallback.body.trim());
    const others = listing.status === 200 ? accountsIn(listing.body) : [];
    const accounts = [...new Set([first, ...others])];
    const found = ok('metadata', `a metadata server answers at ${host}, as ${accounts.join(', ')}`);
    const tokens = await Promise.all(accounts.map((account) => tokenCheck(metadata, account)));
    return { checks: [found, ...tokens], accounts };
  } catch (error) {
    if (!(error instanceof MetadataUnreachable)) throw error;
    return { checks: [failed('metadata', error.message, START)], accounts: [] };
  }
}

/** One a line, each with a slash at its end. Pure. */
export function accountsIn(listing: string): readonly string[] {
  const names = listing.split('\n').map((line) => line.trim().replace(/\/$/, ''));
  return names.filter((name) => name !== '' && name !== 'default').map(loggableText);
}

async function tokenCheck(metadata: MetadataClient, account: string): Promise<Check> {
  const { status, body } = await metadata.text(`${ACCOUNTS}${account}/token`, never());
  const json = parseJson(body);
  const fields = isRecord(json) ? json : {};
  const { expires_in: life, error_description: sentence } = fields;
  if (status === 200 && typeof life === 'number' && typeof fields['access_token'] === 'string') {
    return ok('exchange', `there is a token of ${account}, for another ${life} s`);
  }
  const why = typeof sentence === 'string' ? loggableText(sentence) : `it answers ${status}`;
  const found = `there is no token of ${account}: ${why}`;
  if (status === 403) {
    return failed('exchange', found, 'token-vending explain TARGET --vm, on the VM, says why');
  }
  return failed('exchange', found, "the refresher's log says why; then token-vending doctor on the VM");
}
