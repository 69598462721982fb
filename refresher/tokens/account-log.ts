/**
 * What the log says about the tokens of a target: outages loudly, for as long as they last; refusals once for each
 * answer; fresh tokens in passing. Clients pick audiences and a server picked scopes: either may hold a token by mistake.
 */

import { loggableText } from '../../shared/loggable.ts';
import type { Target } from '../../shared/member.ts';
import type { Log } from '../log.ts';
import type { Outcome, Refused } from '../vending/outcome.ts';
import type { KeeperState } from './token-keeper.ts';

export function logAccessTokenOutcome(
  log: Log,
  { member: target }: Target,
  outcome: Outcome,
  { validForSeconds, nextInSeconds }: KeeperState,
): void {
  if (outcome.kind === 'granted') {
    log('INFO', 'A fresh token.', { target, validForSeconds, scopes: outcome.scopes.map(loggableText) });
    return;
  }
  const isBridged = validForSeconds > 0;
  log(isBridged ? 'WARNING' : 'ERROR', outcome.sentence, {
    target,
    ...(isBridged && { validForSeconds }),
    nextInSeconds,
  });
}

/** A check has dropped the token. */
export function logEnd(log: Log, { member: target }: Target, { sentence }: Refused): void {
  log('WARNING', `No longer granted; what programs hold lives on until it expires. ${sentence}`, { target });
}

export function logIdTokenOutcome(
  log: Log,
  { member: target }: Target,
  asked: string,
  outcome: Outcome,
): void {
  const audience = loggableText(asked);
  const fields = { target, audience };
  if (outcome.kind === 'granted') log('INFO', 'A fresh ID token.', fields);
  else if (outcome.kind === 'refused')
    log('INFO', `No ID token for this audience. ${outcome.sentence}`, fields);
  else log('WARNING', `No ID token just now. ${outcome.sentence}`, fields);
}
