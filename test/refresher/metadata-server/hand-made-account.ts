/**
 * An account whose readings a test sets by hand, and which says who asked.
 */

import type { AccessTokenReading, Account, IdTokenReading } from '../../../refresher/tokens/account.ts';
import { parseMember, type Target } from '../../../shared/member.ts';
import { AccessToken, IdToken } from '../../../shared/tokens.ts';

export const TRAINER = 'serviceAccount:trainer@acme-data.iam.gserviceaccount.com';
export const READER = 'serviceAccount:log-reader@acme-data.iam.gserviceaccount.com';
export const ALICE = 'user:alice@example.com';
export const READ_ONLY = 'https://www.googleapis.com/auth/devstorage.read_only';

export interface HandMadeAccount extends Account {
  /** What is read from now on; whoever listens is told. `undefined`: the first exchange has not ended. */
  readonly becomes: (reading: AccessTokenReading | undefined) => void;
  /** Audiences of ID tokens that were asked for. */
  readonly audiences: readonly string[];
  readonly idTokens: Map<string, string>;
  readonly reads: () => number;
  readonly listeners: () => number;
  /** Resolves once so many listen. */
  readonly untilListenedTo: (listeners?: number) => Promise<void>;
}

/** Holds a token, `ya29.first`, unless told otherwise. */
export function createHandMadeAccount(member = TRAINER): HandMadeAccount {
  const listeners = new Set<() => void>();
  const watchers = new Set<() => void>();
  const audiences: string[] = [];
  const idTokens = new Map<string, string>();
  const awaited: ((reading: AccessTokenReading) => void)[] = [];
  let reading: AccessTokenReading | undefined = token('ya29.first');
  let reads = 0;

  return {
    target: targetOf(member),
    audiences,
    idTokens,
    reads: () => reads,
    listeners: () => listeners.size,
    currentAccessToken: () => reading,
    readAccessToken() {
      reads += 1;
      return reading === undefined
        ? new Promise((resolve) => awaited.push(resolve))
        : Promise.resolve(reading);
    },
    readIdToken(audience): Promise<IdTokenReading> {
      audiences.push(audience);
      const value = idTokens.get(audience);
      return Promise.resolve(
        value === undefined ? { kind: 'none' } : { kind: 'token', token: new IdToken(value) },
      );
    },
    onChange(listener) {
      listeners.add(listener);
      for (const watch of watchers) watch();
      return () => listeners.delete(listener);
    },
    becomes(next) {
      reading = next;
      if (next !== undefined) for (const resolve of awaited.splice(0)) resolve(next);
      for (const listener of listeners) listener();
    },
    untilListenedTo(wanted = 1) {
      return new Promise((resolve) => {
        const watch = () => {
          if (listeners.size >= wanted) resolve();
        };
        watchers.add(watch);
        watch();
      });
    },
  };
}

export function token(value: string, expiresInSeconds = 3_000, scopes = [READ_ONLY]): AccessTokenReading {
  return { kind: 'token', token: new AccessToken(value), expiresInSeconds, scopes };
}

export const REFUSED: AccessTokenReading = { kind: 'refused', sentence: 'Ask whoever manages the grants.' };
export const DOWN: AccessTokenReading = {
  kind: 'unavailable',
  sentence: 'The function is down.',
  retryAfterSeconds: 7,
};

export function targetOf(member: string): Target {
  const target = parseMember(member);
  if (target === undefined) throw new Error(`"${member}" is no member`);
  return target;
}
