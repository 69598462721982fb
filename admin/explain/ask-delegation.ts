/**
 * Whether the Workspace domain lets the signer act for the user with these scopes: by a trial where that is possible, otherwise
 * by what `delegate` was last told.
 */

import type { AccountState, Google, LastDelegation } from '../google/google.ts';
import { projectOfAccount } from '../google/project-of-account.ts';
import type { Finding } from './finding.ts';
import type { DelegationWish } from './live-wish.ts';
import * as remedies from './remedies.ts';

export async function askDelegation(
  { runtime, signer, user, scopes }: DelegationWish,
  google: Google,
  account: AccountState | undefined,
): Promise<readonly Finding[]> {
  if (account?.is === 'missing' || scopes.length === 0) return [];
  const clientId = account?.is === 'active' || account?.is === 'disabled' ? account.clientId : undefined;
  const authorized = `the domain lets ${signer} act for users with ${scopes.join(' ')}`;
  const active = `the user ${user} exists and is active`;
  const state = await google.delegation({ signer, user, scopes });
  const client = (lacking: readonly string[]) => remedies.authorizeClient(clientId, signer, lacking);
  switch (state.is) {
    case 'authorized':
      return [
        { claim: authorized, is: 'yes', mend: [] },
        { claim: active, is: 'yes', mend: [] },
      ];
    case 'user_unknown':
      return [{ claim: active, is: 'no', because: state.error, mend: remedies.restoreUser() }];
    case 'scopes_unauthorized': {
      const lacking = await lackingScopes({ signer, user, scopes }, google);
      const because = `not with ${lacking.join(' ')}`;
      return [{ claim: authorized, is: 'no', because, mend: client(lacking) }];
    }
    case 'refused':
      return [{ claim: authorized, is: 'no', because: state.error, mend: remedies.readOAuthError() }];
    case 'unknown': {
      const last = await google.lastDelegation(projectOfAccount(runtime) ?? '-', user);
      const then = last && rememberedAs(last, scopes);
      if (then === undefined) {
        return [
          {
            claim: authorized,
            is: 'unknown',
            because: state.because,
            mend: [...state.mend, ...client(scopes)],
          },
        ];
      }
      return [
        {
          claim: authorized,
          ...then,
          mend: then.is === 'yes' ? [] : [...client(scopes), ...remedies.readOAuthError()],
        },
      ];
    }
  }
}

/** One by one, as Google does not say which; all, where each is let through alone. */
async function lackingScopes(
  { signer, user, scopes }: Pick<DelegationWish, 'signer' | 'user' | 'scopes'>,
  google: Google,
): Promise<readonly string[]> {
  if (scopes.length === 1) return scopes;
  const states = await Promise.all(
    scopes.map((scope) => google.delegation({ signer, user, scopes: [scope] })),
  );
  const lacking = scopes.filter((_, at) => states[at]?.is === 'scopes_unauthorized');
  return lacking.length === 0 ? scopes : lacking;
}

/** `undefined`: it was about other scopes. Pure. */
export function rememberedAs(
  { is, at, scopes: asked, detail }: LastDelegation,
  scopes: readonly string[],
): Pick<Finding, 'is' | 'because'> | undefined {
  if (is === 'granted' && hasAll(asked, scopes)) {
    return { is: 'yes', because: `delegate got such a token at ${at}` };
  }
  if (is === 'oauth_rejected' && hasAll(scopes, asked)) {
    return { is: 'no', because: `at ${at} delegate was told: ${detail}` };
  }
  return undefined;
}

function hasAll(one: readonly string[], other: readonly string[]): boolean {
  return other.every((scope) => one.includes(scope));
}
