/**
 * What Google would say to an exchange, question by question: is the API on, do the accounts exist, may each act on the next,
 * may the signer act for the user.
 */

import type { AccountState, Google, Permission, YesOrNo } from '../google/google.ts';
import { projectOfAccount } from '../google/project-of-account.ts';
import { askDelegation } from './ask-delegation.ts';
import type { Finding } from './finding.ts';
import type { ImpersonationWish, Wish } from './live-wish.ts';
import * as remedies from './remedies.ts';

const API = 'iamcredentials.googleapis.com';

export async function askGoogle(
  wish: Wish,
  google: Google,
  progress: (text: string) => void,
): Promise<readonly Finding[]> {
  progress('asking Google');
  const accounts =
    wish.kind === 'delegation' ? [wish.runtime, wish.signer] : [wish.runtime, ...wish.delegates, wish.target];
  const [api, states] = await Promise.all([
    isApiOn(wish.runtime, google),
    Promise.all(accounts.map((email) => google.account(email))),
  ]);
  const stateOf = (email: string) => states[accounts.indexOf(email)];
  const permissions = linksOf(wish).map((link) =>
    hasPermission(link, wish.runtime, google, stateOf(link.on)),
  );
  const delegated = wish.kind === 'delegation' ? [askDelegation(wish, google, stateOf(wish.signer))] : [];
  return [
    ...api,
    ...accounts.map((email, at) => exists(email, states[at])),
    ...(await Promise.all([...permissions, ...delegated])).flat(),
  ];
}

type Link = Omit<Permission, 'projectId'>;

/** Who has to be allowed to do what to whom, along the chain. */
export function linksOf(wish: Wish): readonly Link[] {
  if (wish.kind === 'delegation') {
    return [{ holder: wish.runtime, permission: 'iam.serviceAccounts.signJwt', on: wish.signer }];
  }
  const { runtime, delegates, target, permission }: ImpersonationWish = wish;
  const holders = [runtime, ...delegates];
  return holders.map((holder, at) => ({
    holder,
    permission: at === delegates.length ? permission : 'iam.serviceAccounts.implicitDelegation',
    on: delegates[at] ?? target,
  }));
}

async function isApiOn(runtime: string, google: Google): Promise<readonly Finding[]> {
  const projectId = projectOfAccount(runtime);
  if (projectId === undefined) return [];
  const answer = await google.isApiOn(projectId, API);
  const claim = `${API} is on in the project ${projectId} of the function`;
  return [finding(claim, answer, () => remedies.enableApi(API, projectId))];
}

function exists(email: string, state: AccountState | undefined): Finding {
  const claim = `the service account ${email} exists and is enabled`;
  if (state === undefined) return { claim, is: 'unknown', mend: [] };
  switch (state.is) {
    case 'active':
      return { claim, is: 'yes', mend: [] };
    case 'missing':
      return { claim, is: 'no', because: 'it does not exist', mend: remedies.createAccount(email) };
    case 'disabled': {
      const mend = remedies.enableAccount(email, state.projectId);
      return { claim, is: 'no', because: 'it is disabled', mend };
    }
    case 'unknown':
      return { claim, ...state };
  }
}

async function hasPermission(
  link: Link,
  runtime: string,
  google: Google,
  on: AccountState | undefined,
): Promise<readonly Finding[]> {
  // nobody has permissions on what is not there, and that is said already
  if (on?.is === 'missing') return [];
  const known = on?.is === 'active' || on?.is === 'disabled' ? on.projectId : undefined;
  const projectId = known ?? projectOfAccount(link.on) ?? '-';
  const answer = await google.has({ ...link, projectId });
  const claim = `${link.holder} has ${link.permission} on ${link.on}`;
  return [finding(claim, answer, () => remedies.grantPermission(link, link.holder === runtime))];
}

function finding(claim: string, answer: YesOrNo, mend: () => readonly string[]): Finding {
  if (answer.is === 'unknown') return { claim, ...answer };
  return { claim, is: answer.is, mend: answer.is === 'no' ? mend() : [] };
}
