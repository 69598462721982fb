/**
 * One exchange at a function: a target in, what became of it out.
 */

import type { Target } from '../../shared/member.ts';
import { TOKEN_EXCHANGE_GRANT_TYPE, TOKEN_PATH, TOKEN_TYPES } from '../../shared/protocol.ts';
import { createFunctionClient, type FunctionClientOptions } from './function-client.ts';
import { FUNCTION_OF } from './function-of.ts';
import { outcomeOf, type Outcome } from './outcome.ts';

export type { Granted, Outage, Outcome, Refused } from './outcome.ts';

export interface VendRequest {
  readonly target: Target;
  /** Asks for an ID token for this audience instead of an access token. */
  readonly idTokenAudience?: string;
}

/** Whatever goes wrong is an `outage`; it throws the signal's reason alone, once that aborts. */
export type Vend = (request: VendRequest, signal: AbortSignal) => Promise<Outcome>;

export function createVendingClient(options: FunctionClientOptions): Vend {
  const ask = createFunctionClient(options);
  return async function vend({ target, idTokenAudience }, signal) {
    const tokenType = idTokenAudience === undefined ? TOKEN_TYPES.accessToken : TOKEN_TYPES.idToken;
    // without scopes the grant's own are given
    const parameters = {
      grant_type: TOKEN_EXCHANGE_GRANT_TYPE,
      requested_token_type: tokenType,
      audience: target.member,
      ...(idTokenAudience !== undefined && { resource: idTokenAudience }),
    };
    return ask(
      {
        name: FUNCTION_OF[target.kind],
        path: TOKEN_PATH,
        parameters,
        read: (answer, url) => outcomeOf(answer, { target, tokenType, url }),
      },
      signal,
    );
  };
}
