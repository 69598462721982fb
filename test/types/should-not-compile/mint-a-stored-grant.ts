import type { CallContext } from '../../../shared/call-context.ts';
import type { AuthorizedDelegation } from '../../../shared/grants/authorized-grant.ts';
import type { UserGrant } from '../../../shared/grants/grant.ts';
import type { Mint } from '../../../shared/minting/minted-token.ts';

export function mintWithoutDeciding(
  mint: Mint<AuthorizedDelegation>,
  stored: UserGrant,
  context: CallContext,
): Promise<unknown> {
  // expect TS2739: a stored grant is a permission, not a decision
  return mint(stored, context);
}
