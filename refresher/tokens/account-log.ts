/**
 * What the log says about the tokens of a target: outages loudly, for as long as they last; refusals once for each
 * answer; fresh tokens in passing. Clients pick audiences and a server picked scopes: either may hold a token by mistake.
 */

import { loggableText } from '../../shared/loggable.ts';
import type { Target } from '../../shared/member.ts';
import type { Log } from '../log.ts';
import type { Outcome } from '../vending/outcome.ts';
import type { KeeperState } from './token-keeper.ts';

export function logAccessTokenOutcome(
  log: Log,
  { member: target }: Target,
  outcome: Outcome,
  { validForSeconds, nextInSeconds }: KeeperState,
): void {
  switch (outcome.kind) {
    case 'granted':
      log('INFO', 'A fresh token.', { target, validForSeconds, scopes: outcome.scopes.map(loggableText) });
      return;
    case 'refused':
      log('ERROR', outcome.sentence, { target, nextInSeconds });
      return;
    case 'outage':
      if (validForSeconds > 0) log('WARNING', outcome.sentence, { target, validForSeconds, nextInSeconds });
      else log('ERROR', outcome.sentence, { target, nextInSeconds });
  }
}

export function logIdTokenOutcome(
  log: Log,
  { member: target }: Target,
  asked: string,
  outcome: Outcome,
): void {
  const audience = loggableText(asked);
  switch (outcome.kind) {
    case 'granted':
      log('INFO', 'A fresh ID token.', { target, audience });
      return;
    case 'refused':
      log('INFO', `No ID token for this audience. ${outcome.sentence}`, { target, audience });
      return;
    case 'outage':
      log('WARNING', `No ID token just now. ${outcome.sentence}`, { target, audience });
  }
}
