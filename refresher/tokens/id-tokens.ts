/**
 * The ID tokens of one target, by audience: fetched when somebody asks, reused while plenty of their life remains.
 *
 * Whoever asks picks the audience, so that what is remembered and what is under way are bounded. A refusal is
 * remembered for a while, because gcloud asks for an ID token that it can do without each time it starts.
 */

import { createBoundedMap } from '../../shared/bounded-map.ts';
import type { IdToken } from '../../shared/tokens.ts';
import { GIVEN_UP, type Outcome } from '../vending/outcome.ts';
import { NO_ID_TOKEN, type IdTokenReading } from './account.ts';
import { expiryMs, remainingSeconds } from './remaining-life.ts';

export interface IdTokens {
  /** Waits for the exchange, as long as it takes. */
  read(audience: string): Promise<IdTokenReading>;
  /** Every token and every refusal is asked for anew. */
  forget(): void;
  /** The same, but what there is stays as long as the function does not answer. */
  doubt(): void;
}

interface Dependencies {
  /** May throw; that is an outage. */
  readonly exchange: (audience: string) => Promise<Outcome>;
  /** `createLifeTime`'s. */
  readonly nowMs: () => number;
  readonly onOutcome: (audience: string, outcome: Outcome) => void;
}

interface Held {
  readonly token: IdToken;
  readonly expiresAtMs: number;
}

interface Known {
  readonly held?: Held | undefined;
  /** Until then the function is not asked again. */
  readonly settledUntilMs: number;
}

interface Entry extends Known {
  /** How many doubts there had been when it was asked for. */
  readonly doubtCount: number;
}

/** Clients read a token's end in the token, and refetch within some minutes of it. */
const MIN_RESERVE_MS = 600_000;
const REFUSAL_REMEMBERED_MS = 300_000;
const OUTAGE_REMEMBERED_MS = 10_000;
const MAX_AUDIENCES = 1_000;
const MAX_IN_FLIGHT = 32;
/** As long as URLs get. */
const MAX_AUDIENCE_LENGTH = 2_048;

export function createIdTokens({ exchange, nowMs, onOutcome }: Dependencies): IdTokens {
  let known = createBoundedMap<Entry>(MAX_AUDIENCES);
  let doubtCount = 0;
  const inFlight = new Map<string, Promise<void>>();

  async function fetch(audience: string): Promise<void> {
    const askedAt = nowMs();
    // what is forgotten meanwhile is not remembered after all
    const into = known;
    const doubtedBefore = doubtCount;
    const outcome = await exchange(audience).catch(() => GIVEN_UP);
    const before = into.get(audience)?.held;
    // a full map would lose another entry for one that is only replaced
    into.delete(audience);
    into.set(audience, { ...knownFrom(outcome, before, askedAt, nowMs()), doubtCount: doubtedBefore });
    onOutcome(audience, outcome);
  }

  function fetching(audience: string): Promise<void> | undefined {
    const joined = inFlight.get(audience);
    if (joined !== undefined || inFlight.size >= MAX_IN_FLIGHT) return joined;
    const started = fetch(audience).finally(() => inFlight.delete(audience));
    inFlight.set(audience, started);
    return started;
  }

  return {
    async read(audience) {
      if (audience === '' || audience.length > MAX_AUDIENCE_LENGTH) return NO_ID_TOKEN;
      const entry = known.get(audience);
      const isSettled = entry?.doubtCount === doubtCount && entry.settledUntilMs > nowMs();
      if (!isSettled) await fetching(audience);
      const held = known.get(audience)?.held;
      const isAlive = held !== undefined && remainingSeconds(held.expiresAtMs, nowMs()) >= 1;
      return isAlive ? { kind: 'token', token: held.token } : NO_ID_TOKEN;
    },
    forget() {
      known = createBoundedMap(MAX_AUDIENCES);
    },
    doubt() {
      doubtCount += 1;
    },
  };
}

function knownFrom(outcome: Outcome, before: Held | undefined, askedAt: number, now: number): Known {
  switch (outcome.kind) {
    case 'granted': {
      const { token, expiresInSeconds } = outcome;
      if (token.kind !== 'ID token') return knownFrom(GIVEN_UP, before, askedAt, now);
      const expiresAtMs = expiryMs(expiresInSeconds, askedAt, now);
      const settledUntilMs = Math.max(expiresAtMs - MIN_RESERVE_MS, now + OUTAGE_REMEMBERED_MS);
      return { held: { token, expiresAtMs }, settledUntilMs };
    }
    case 'refused':
      return { settledUntilMs: now + REFUSAL_REMEMBERED_MS };
    case 'outage': {
      const retryAfterMs = (outcome.retryAfterSeconds ?? 0) * 1000;
      return { held: before, settledUntilMs: now + Math.max(OUTAGE_REMEMBERED_MS, retryAfterMs) };
    }
  }
}
