import type { CallContext } from '../../../shared/call-context.ts';
import type {
  AuthorizedDelegation,
  AuthorizedImpersonation,
} from '../../../shared/grants/authorized-grant.ts';
import type { Mint } from '../../../shared/minting/minted-token.ts';

export function becomeUserAtImpersonate(
  mint: Mint<AuthorizedImpersonation>,
  decided: AuthorizedDelegation,
  context: CallContext,
): Promise<unknown> {
  // expect TS2345: what delegate may mint, impersonate may not
  return mint(decided, context);
}
