/**
 * One target and its tokens: the access token that is always kept, and ID tokens as they are asked for.
 */

import type { Target } from '../../shared/member.ts';
import type { Log } from '../log.ts';
import type { Vend } from '../vending/vending-client.ts';
import { logAccessTokenOutcome, logEnd, logIdTokenOutcome } from './account-log.ts';
import { NO_ID_TOKEN, type AccessTokenReading, type KeptAccount } from './account.ts';
import type { Clock } from './clock.ts';
import { createIdTokens } from './id-tokens.ts';
import { noLongerThan } from './no-longer-than.ts';
import { createLifeTime } from './remaining-life.ts';
import { createTokenKeeper } from './token-keeper.ts';

export type { KeptAccount } from './account.ts';

interface Dependencies {
  readonly target: Target;
  readonly vend: Vend;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** How long a read waits for the first token. */
  readonly waitMs?: number;
}

/** Clients give up after 0.5 s (.NET, Ruby) to 120 s (Python); a function that has to start may take this long. */
const WAIT_MS = 10_000;

const NOT_YET: AccessTokenReading = {
  kind: 'unavailable',
  sentence: 'The first token has not arrived yet.',
  retryAfterSeconds: 1,
};

export function createAccount(deps: Dependencies): KeptAccount {
  const { target, vend, clock, random, log, waitMs = WAIT_MS } = deps;
  const { setTimer } = clock;
  const nowMs = createLifeTime(clock);
  const stopping = new AbortController();
  const listeners = new Set<() => void>();
  let isStarted = false;

  const idTokens = createIdTokens({
    exchange: (idTokenAudience) => vend({ target, idTokenAudience }, stopping.signal),
    nowMs,
    onOutcome(audience, outcome) {
      if (!stopping.signal.aborted) logIdTokenOutcome(log, target, audience, outcome);
    },
  });
  const keeper = createTokenKeeper({
    exchange: (signal) => vend({ target }, signal),
    nowMs,
    setTimer,
    random,
    onOutcome: (outcome, state) => logAccessTokenOutcome(log, target, outcome, state),
    onChange() {
      // what else was granted may be gone, too
      if (keeper.current()?.kind === 'refused') idTokens.forget();
      for (const listener of listeners) listener();
    },
  });

  function start(): void {
    isStarted = true;
    keeper.look();
  }

  function onChange(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  return {
    target,
    onChange,
    start,
    currentAccessToken: () => keeper.current(),

    async readAccessToken() {
      if (isStarted) keeper.lookIfDue();
      const reading = keeper.current();
      if (reading?.kind === 'token') return reading;
      const exchange = keeper.worthWaitingFor();
      if (exchange !== undefined) await noLongerThan(exchange, waitMs, setTimer);
      return keeper.current() ?? NOT_YET;
    },

    async readIdToken(audience) {
      // only service accounts have them: https://cloud.google.com/docs/authentication/token-types#id
      if (target.kind === 'user' || stopping.signal.aborted) return NO_ID_TOKEN;
      return (await noLongerThan(idTokens.read(audience), waitMs, setTimer)) ?? NO_ID_TOKEN;
    },

    firstReading(signal) {
      start();
      return new Promise((resolve) => {
        function look(): void {
          const reading = keeper.current() ?? NOT_YET;
          if (reading.kind === 'unavailable' && !signal.aborted) return;
          stopListening();
          signal.removeEventListener('abort', look);
          resolve(reading);
        }
        const stopListening = onChange(look);
        signal.addEventListener('abort', look);
        look();
      });
    },

    hear(decision) {
      if (decision === 'yes') {
        keeper.tryAgain();
        return;
      }
      // a grant may be for these alone
      idTokens.doubt();
      if (keeper.end(decision)) logEnd(log, target, decision);
    },

    stop() {
      stopping.abort();
      keeper.stop();
    },
  };
}
