/**
 * The exchange itself, for each target. The token is good for nothing here, and is not read.
 */

import type { Outcome, Vend } from '../../refresher/vending/vending-client.ts';
import type { Target } from '../../shared/member.ts';
import { failed, ok, type Check } from './check.ts';
import { never } from './patient.ts';

export async function exchangeCheck(target: Target, vend: Vend): Promise<Check> {
  return checkOf(target.member, await vend({ target }, never()));
}

/** Pure. */
export function checkOf(member: string, outcome: Outcome): Check {
  switch (outcome.kind) {
    case 'granted': {
      const scopes = outcome.scopes.join(' ');
      return ok('exchange', `became ${member} for ${outcome.expiresInSeconds} s, with ${scopes}`);
    }
    case 'refused':
      return failed(
        'exchange',
        outcome.sentence,
        `token-vending explain ${member} --vm --project=PROJECT, by who may read the grants, says why`,
      );
    case 'outage':
      return failed('exchange', outcome.sentence);
  }
}
