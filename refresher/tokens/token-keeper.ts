/**
 * Keeps one access token fresh: fetched before anyone asks, swapped while plenty of its life remains, kept through
 * outages for as long as it is valid, dropped at once when the function refuses. One exchange is in flight at a time.
 */

import type { AccessToken } from '../../shared/tokens.ts';
import { GIVEN_UP, type Outcome, type Refused } from '../vending/outcome.ts';
import type { AccessTokenReading } from './account.ts';
import type { Clock } from './clock.ts';
import { expiryMs, remainingSeconds } from './remaining-life.ts';
import { refusedDelayMs, retryDelayMs, swapDelayMs } from './schedule.ts';

export interface TokenKeeper {
  /** The first call starts it; it then looks at the clocks by itself, and fetches what is due. */
  look(): void;
  /** The same for who reads: after a sleep, the first who does so notices. */
  lookIfDue(): void;
  /** `undefined`: the first exchange has not ended. */
  current(): AccessTokenReading | undefined;
  /** The exchange in flight, unless one has failed since the last success: then nobody should wait for the next. */
  worthWaitingFor(): Promise<void> | undefined;
  /** Somebody has learnt that the function would refuse; that is as good as a refusal. Says whether a token was dropped. */
  end(refused: Refused): boolean;
  /** Somebody has learnt that the function would grant, which is worth an exchange where it has refused. */
  tryAgain(): void;
  stop(): void;
}

interface Dependencies {
  /** May throw; that is an outage. */
  readonly exchange: (signal: AbortSignal) => Promise<Outcome>;
  /** `createLifeTime`'s. */
  readonly nowMs: () => number;
  readonly setTimer: Clock['setTimer'];
  readonly random: () => number;
  readonly onOutcome: (outcome: Outcome, state: KeeperState) => void;
  /** Another reading than before; the remaining life, which changes all the time, does not count. */
  readonly onChange: () => void;
}

export interface KeeperState {
  /** 0: there is no valid token. */
  readonly validForSeconds: number;
  readonly nextInSeconds: number;
}

interface Held {
  readonly token: AccessToken;
  readonly scopes: readonly string[];
  readonly expiresAtMs: number;
}

/** Timers stand still while a machine sleeps; so long after it wakes up, at most, it is noticed. */
const LOOK_EVERY_MS = 10_000;
/** Longer than an exchange may take; one that hangs nevertheless must not be the last. */
const EXCHANGE_LIMIT_MS = 60_000;

const RAN_OUT = 'The last token has run out.';
const nothing = () => undefined;

export function createTokenKeeper(deps: Dependencies): TokenKeeper {
  const { exchange, nowMs, setTimer, random, onOutcome, onChange } = deps;
  const stopping = new AbortController();
  let held: Held | undefined;
  let refusal: string | undefined;
  /** Learnt since the last exchange began. */
  let ended: Refused | undefined;
  let trouble: string | undefined;
  let failures = 0;
  let dueAtMs = nowMs();
  let inFlight: Promise<void> | undefined;
  let cancelTimer: () => void = nothing;
  let announced: string | AccessToken | undefined;

  function current(): AccessTokenReading | undefined {
    const now = nowMs();
    if (held !== undefined) {
      const expiresInSeconds = remainingSeconds(held.expiresAtMs, now);
      const { token, scopes } = held;
      if (expiresInSeconds >= 1) return { kind: 'token', token, expiresInSeconds, scopes };
    }
    if (refusal !== undefined) return { kind: 'refused', sentence: refusal };
    const sentence = trouble ?? (held === undefined ? undefined : RAN_OUT);
    if (sentence === undefined) return undefined;
    return {
      kind: 'unavailable',
      sentence,
      retryAfterSeconds: Math.max(remainingSeconds(dueAtMs, now) + 1, 1),
    };
  }

  const isDue = () => inFlight === undefined && dueAtMs <= nowMs();

  function look(): void {
    if (stopping.signal.aborted) return;
    if (isDue()) {
      inFlight = exchangeOnce().finally(() => {
        inFlight = undefined;
        look();
      });
    }
    cancelTimer();
    cancelTimer = setTimer(untilNextLookMs(nowMs()), look);
    announce();
  }

  function untilNextLookMs(now: number): number {
    const untilDue = inFlight === undefined ? dueAtMs - now : LOOK_EVERY_MS;
    // with less than a second left it counts as expired
    const untilExpired = held === undefined ? 0 : held.expiresAtMs - now - 999;
    return Math.ceil(
      Math.min(LOOK_EVERY_MS, Math.max(untilDue, 1), untilExpired > 0 ? untilExpired : LOOK_EVERY_MS),
    );
  }

  async function exchangeOnce(): Promise<void> {
    ended = undefined;
    const askedAt = nowMs();
    const limit = new AbortController();
    const cancelLimit = setTimer(EXCHANGE_LIMIT_MS, () => limit.abort());
    const answer = await exchange(AbortSignal.any([stopping.signal, limit.signal])).catch(() => GIVEN_UP);
    cancelLimit();
    // what it holds may have been decided before
    const outcome = ended ?? answer;
    if (stopping.signal.aborted) return;
    const now = nowMs();
    const delayMs = adopt(outcome, askedAt, now);
    dueAtMs = now + delayMs;
    const validForSeconds = held === undefined ? 0 : Math.max(remainingSeconds(held.expiresAtMs, now), 0);
    onOutcome(outcome, { validForSeconds, nextInSeconds: Math.ceil(delayMs / 1000) });
  }

  /** Returns how long to wait for the next exchange. */
  function adopt(outcome: Outcome, askedAt: number, now: number): number {
    switch (outcome.kind) {
      case 'granted': {
        const { token, scopes, expiresInSeconds } = outcome;
        if (token.kind !== 'access token') return adopt(GIVEN_UP, askedAt, now);
        const expiresAtMs = expiryMs(expiresInSeconds, askedAt, now);
        held = { token, scopes, expiresAtMs };
        refusal = trouble = undefined;
        failures = 0;
        return swapDelayMs(expiresAtMs - now, random);
      }
      case 'refused':
        held = trouble = undefined;
        refusal = outcome.sentence;
        failures = 0;
        return refusedDelayMs(random);
      case 'outage':
        trouble = outcome.sentence;
        failures += 1;
        return retryDelayMs({ failures, retryAfterSeconds: outcome.retryAfterSeconds ?? 0 }, random);
    }
  }

  function announce(): void {
    const reading = current();
    const told =
      reading?.kind === 'token' ? reading.token : reading && `${reading.kind}: ${reading.sentence}`;
    if (told === announced) return;
    announced = told;
    onChange();
  }

  return {
    look,
    lookIfDue() {
      if (isDue()) look();
    },
    current,
    worthWaitingFor: () => (failures === 0 && refusal === undefined ? inFlight : undefined),
    end(refused) {
      if (held === undefined || stopping.signal.aborted) return false;
      const now = nowMs();
      ended = refused;
      dueAtMs = now + adopt(refused, now, now);
      look();
      return true;
    },
    tryAgain() {
      // in an outage it keeps to the pauses of one
      if (refusal === undefined || failures > 0) return;
      dueAtMs = nowMs();
      look();
    },
    stop() {
      stopping.abort();
      cancelTimer();
    },
  };
}
