/** Turns what the APIs and the output showed into whose tokens those were. */

import { sha256, type Seen } from '../fake-apis/seen.ts';
import { requestLine, tokensOf, type Bearer, type Observation } from './observation.ts';
import type { Identity } from './row.ts';
import type { Ended } from './run-client.ts';
import { EMAILS, MEMBERS, type ConformanceWorld } from './world.ts';

/** The function's line leaves it before the token does, but reaches us through a pipe of its own. */
const LINE_WITHIN_MS = 2_000;

export type Observer = (ended: Ended, seen: readonly Seen[]) => Promise<Observation>;

export function createObserver(world: ConformanceWorld, identity: Identity): Observer {
  const { google, vmMember, vm, functions } = world;
  const issuer = identity === 'user' ? functions.delegate : functions.impersonate;

  return async (ended, seen) => {
    const requests = [];
    for (const request of seen)
      requests.push({ request: requestLine(request), bearer: await bearerOf(request) });
    const printed: Bearer[] = [];
    for (const token of tokensOf(ended.stdout)) printed.push(await bearerOfPrinted(token));
    return {
      ...ended,
      requests,
      printed,
      printsEmail: ended.stdout.includes(EMAILS[identity]),
      printsVmEmail: ended.stdout.includes(vm.identity.serviceAccount),
    };
  };

  async function bearerOf({ tokenSha256, principal }: Seen): Promise<Bearer> {
    if (tokenSha256 === undefined) return 'none';
    if (principal === vmMember) return 'the VM’s';
    return (await wasVended(tokenSha256)) ? 'vended' : 'foreign';
  }

  async function bearerOfPrinted(token: string): Promise<Bearer> {
    if (google.whoIs(token)?.principal === vmMember || subjectOf(token) === vm.identity.uniqueId) {
      return 'the VM’s';
    }
    return (await wasVended(sha256(token))) ? 'vended' : 'foreign';
  }

  /** Whether the function's own audit says that it granted this very token for this identity. */
  async function wasVended(tokenSha256: string): Promise<boolean> {
    const isIt = (line: Record<string, unknown>) =>
      line['outcome'] === 'granted' &&
      line['target'] === MEMBERS[identity] &&
      line['tokenSha256'] === tokenSha256;
    return issuer.waitForAuditLine(isIt, { timeoutMs: LINE_WITHIN_MS }).then(
      () => true,
      () => false,
    );
  }
}

/** The `sub` claim of a JWT: an account's numeric id. */
function subjectOf(token: string): string | undefined {
  const [, payload] = token.split('.');
  if (!token.startsWith('eyJ') || payload === undefined) return undefined;
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub?: string };
  return claims.sub;
}
