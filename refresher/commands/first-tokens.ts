/**
 * Waiting for the first token of each target: all of them, or the reason why not in one line.
 */

import { EXIT_CODES } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { AccessTokenReading, KeptAccount } from '../tokens/account.ts';

type TokenReading = AccessTokenReading & { readonly kind: 'token' };

/**
 * An outage is waited out while there is time, a refusal ends the wait at once. `signal` ends it, too, with its reason.
 */
export async function firstTokens(
  accounts: readonly KeptAccount[],
  waitSeconds: number,
  { signal }: { readonly signal: AbortSignal },
): Promise<readonly TokenReading[]> {
  const ended = new AbortController();
  const deadline = setTimeout(() => ended.abort(), waitSeconds * 1000);
  const either = AbortSignal.any([signal, ended.signal]);
  try {
    return await Promise.all(accounts.map((account) => firstToken(account, waitSeconds, either)));
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(deadline);
    ended.abort();
  }
}

async function firstToken(
  account: KeptAccount,
  waitSeconds: number,
  signal: AbortSignal,
): Promise<TokenReading> {
  const reading = await account.firstReading(signal);
  if (reading.kind === 'token') return reading;
  if (reading.kind === 'refused') throw new Failure(EXIT_CODES.refused, reading.sentence);
  const message = `no token for ${account.target.member} within ${waitSeconds} s: ${reading.sentence}`;
  throw new Failure(EXIT_CODES.unavailable, message);
}
