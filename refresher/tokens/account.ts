/**
 * What the metadata server, the token file and the commands see of a target: its tokens as they are at this moment.
 */

import type { Target } from '../../shared/member.ts';
import type { AccessToken, IdToken } from '../../shared/tokens.ts';
import type { Decision } from '../vending/check-client.ts';

/**
 * - `token`: usable now; `expiresInSeconds` is the true remaining life, a whole number ≥ 1.
 * - `refused`: the function said no; `sentence` tells the user what to do.
 * - `unavailable`: no token that is still valid, and the function cannot be reached.
 */
export type AccessTokenReading =
  | {
      readonly kind: 'token';
      readonly token: AccessToken;
      readonly expiresInSeconds: number;
      readonly scopes: readonly string[];
    }
  | { readonly kind: 'refused'; readonly sentence: string }
  | { readonly kind: 'unavailable'; readonly sentence: string; readonly retryAfterSeconds: number };

/** `none`: this target has no ID token for that audience (a user, or a refusal), or nobody can tell just now. */
export type IdTokenReading = { readonly kind: 'token'; readonly token: IdToken } | { readonly kind: 'none' };

export const NO_ID_TOKEN: IdTokenReading = { kind: 'none' };

export interface Account {
  readonly target: Target;
  /** From memory. Where there is nothing yet, waits for the exchange in flight, for as long as clients would. */
  readAccessToken(): Promise<AccessTokenReading>;
  /** The same without waiting; `undefined`: the first exchange has not ended yet. */
  currentAccessToken(): AccessTokenReading | undefined;
  readIdToken(audience: string): Promise<IdTokenReading>;
  /** Calls back after each change of what `currentAccessToken` gives; returns how to stop that. */
  onChange(listener: () => void): () => void;
}

/** An account with the work behind it, as `createAccount` makes it. */
export interface KeptAccount extends Account {
  /** Begins to fetch tokens, ahead of anyone who asks. Calling it again changes nothing. */
  start(): void;
  /** Ends whatever is under way; nothing is fetched afterwards. */
  stop(): void;
  /** What a check has found. A "no" drops the tokens at once, as a refusal does; a "yes" after one is worth an exchange. */
  hear(decision: Decision): void;
  /**
   * Starts, and waits until there is a token or a refusal. Outages are sat through until the signal aborts; the
   * reading is then `unavailable`, and its sentence says what to check. Never rejects.
   */
  firstReading(signal: AbortSignal): Promise<AccessTokenReading>;
}
