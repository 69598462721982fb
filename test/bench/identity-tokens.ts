/**
 * Identity tokens by the thousand, signed before anything is measured. They differ as real ones do: by machine and by
 * the second in which they were issued.
 */

import { identityTokenClaims } from '../support/google/fake-google.ts';
import { AUDIENCES, type FunctionName, type Vm, type World } from '../support/world/world.ts';

/** The function remembers this many verified tokens; of a longer list, sent in order and over and over, none. */
export const NEVER_REMEMBERED = 6_000;

const VMS = 20;

export function createVms(world: World): readonly Vm[] {
  return Array.from({ length: VMS }, (_, index) => world.vm(`worker-${index}`));
}

export function signIdentityTokens(
  { google }: World,
  functionName: FunctionName,
  vms: readonly Vm[],
  count: number,
): readonly string[] {
  const nowSeconds = Math.floor(Date.now() / 1000);
  return Array.from({ length: count }, (_, index) => {
    const vm = vms[index % vms.length];
    if (vm === undefined) throw new Error('there are no machines to sign for');
    const issuedAt = nowSeconds - Math.floor(index / vms.length);
    return google.keys.signJwt({}, identityTokenClaims(vm.identity, AUDIENCES[functionName], issuedAt));
  });
}
