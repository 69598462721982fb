/**
 * A function that answers as a test says, without a network: for tests that are about time.
 */

import { AccessToken, IdToken } from '../../../shared/tokens.ts';
import { parseMember, type Target } from '../../../shared/member.ts';
import type { Outage, Outcome, Vend, VendRequest } from '../../../refresher/vending/vending-client.ts';
import { ALICE, READ_WRITE, TRAINER } from '../../support/world/world.ts';

export const TRAINER_TARGET = target(`serviceAccount:${TRAINER}`);
export const ALICE_TARGET = target(`user:${ALICE}`);

export interface ScriptedFunction {
  readonly vend: Vend;
  /** Of every exchange that began, in order. */
  readonly asked: VendRequest[];
  /** What it answers from now on; the default grants a new token that lives for an hour. */
  answer: (request: VendRequest, signal: AbortSignal) => Outcome | Promise<Outcome>;
  /** Exchanges that are under way just now, and the most that ever were. */
  readonly inFlight: () => { readonly now: number; readonly most: number };
}

export function createScriptedFunction(lifeSeconds = 3_600): ScriptedFunction {
  const asked: VendRequest[] = [];
  let now = 0;
  let most = 0;
  const scripted: ScriptedFunction = {
    asked,
    answer: ({ idTokenAudience }) => granted(asked.length, lifeSeconds, idTokenAudience),
    inFlight: () => ({ now, most }),
    async vend(request, signal) {
      asked.push(request);
      now += 1;
      most = Math.max(most, now);
      try {
        return await scripted.answer(request, signal);
      } finally {
        now -= 1;
      }
    },
  };
  return scripted;
}

/** The n-th token. */
export function granted(n: number, expiresInSeconds: number, idTokenAudience?: string): Outcome {
  if (idTokenAudience === undefined) {
    return { kind: 'granted', token: new AccessToken(`ya29.${n}`), expiresInSeconds, scopes: [READ_WRITE] };
  }
  const token = new IdToken(`e30.${Buffer.from(idTokenAudience).toString('base64url')}.${n}`);
  return { kind: 'granted', token, expiresInSeconds, scopes: [] };
}

export const REFUSED: Outcome = {
  kind: 'refused',
  error: 'invalid_target',
  sentence: 'Ask whoever manages the grants.',
};
export const DOWN: Outage = { kind: 'outage', sentence: 'The function is down.' };

export function downFor(retryAfterSeconds: number): Outcome {
  return { ...DOWN, retryAfterSeconds };
}

function target(member: string): Target {
  const parsed = parseMember(member);
  if (parsed === undefined) throw new Error(`"${member}" is no member`);
  return parsed;
}
