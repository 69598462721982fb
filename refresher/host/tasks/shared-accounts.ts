/**
 * The accounts of all tasks: those that become the same target share one, and the last that leaves ends it.
 */

import type { Target } from '../../../shared/member.ts';
import type { KeptAccount } from '../../tokens/account.ts';

export interface Lease {
  readonly account: KeptAccount;
  /** Further calls change nothing. */
  readonly end: () => void;
}

export interface SharedAccounts {
  readonly lease: (target: Target) => Lease;
  readonly all: () => readonly KeptAccount[];
}

export function createSharedAccounts(create: (target: Target) => KeptAccount): SharedAccounts {
  const shared = new Map<string, { readonly account: KeptAccount; leases: number }>();

  return {
    all: () => Array.from(shared.values(), ({ account }) => account),

    lease(target) {
      const entry = shared.get(target.member) ?? { account: create(target), leases: 0 };
      shared.set(target.member, entry);
      entry.leases += 1;
      entry.account.start();
      let hasEnded = false;
      return {
        account: entry.account,
        end() {
          if (hasEnded) return;
          hasEnded = true;
          entry.leases -= 1;
          if (entry.leases > 0) return;
          shared.delete(target.member);
          entry.account.stop();
        },
      };
    },
  };
}
