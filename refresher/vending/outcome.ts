/**
 * What came of an exchange, as far as the refresher cares.
 */

import type { AccessToken, IdToken } from '../../shared/tokens.ts';

export interface Granted {
  readonly kind: 'granted';
  /** Of the kind that was asked for; `token.kind` tells the two apart. */
  readonly token: AccessToken | IdToken;
  /** A whole number ≥ 1. */
  readonly expiresInSeconds: number;
  /** None for ID tokens. */
  readonly scopes: readonly string[];
}

/** The function said no. `sentence` tells the user what to do, and holds no secret. */
export interface Refused {
  readonly kind: 'refused';
  readonly error: 'invalid_target' | 'invalid_scope';
  readonly sentence: string;
}

/** Nobody knows: whatever was held before stays good. `sentence` says what to check, and holds no secret. */
export interface Outage {
  readonly kind: 'outage';
  readonly sentence: string;
  readonly retryAfterSeconds?: number;
}

export type Outcome = Granted | Refused | Outage;
