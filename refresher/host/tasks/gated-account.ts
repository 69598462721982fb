/**
 * An account as one task sees it: the shared one, as long as the task may see it.
 */

import type { AccessTokenReading, Account } from '../../tokens/account.ts';

/** What is answered instead of a token; `undefined`: the gate is open. */
export type Gate = () => AccessTokenReading | undefined;

/** Asked again after each wait: a task may end while a token is fetched for it. */
export function gatedAccount(account: Account, closed: Gate): Account {
  return {
    target: account.target,
    onChange: (listener) => account.onChange(listener),
    currentAccessToken: () => closed() ?? account.currentAccessToken(),
    async readAccessToken() {
      const before = closed();
      if (before !== undefined) return before;
      const reading = await account.readAccessToken();
      return closed() ?? reading;
    },
    async readIdToken(audience) {
      if (closed() !== undefined) return { kind: 'none' };
      const reading = await account.readIdToken(audience);
      return closed() === undefined ? reading : { kind: 'none' };
    },
  };
}
