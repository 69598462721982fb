/**
 * `/healthz`: whether every account has a token. For probes of containers and for people, not for client libraries.
 */

import type { Account } from '../tokens/account.ts';
import { reply, type Reply } from './reply.ts';

export function healthReply(accounts: readonly Account[]): Reply {
  const states = accounts.map((account) => ({
    member: account.target.member,
    state: account.currentAccessToken()?.kind ?? 'starting',
  }));
  const isReady = states.every(({ state }) => state === 'token');
  const body = states.map(({ member, state }) => `${member} ${state}\n`).join('');
  return reply(isReady ? 200 : 503, 'text/plain', body);
}
