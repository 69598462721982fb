/**
 * Whether the VM's own metadata server is kept from this container: whoever reaches it can ask for the VM's identity token, and
 * so become whatever the VM may. What answers in its place is told apart by what its identity token says.
 */

import { createMetadataClient } from '../../refresher/vending/metadata-client.ts';
import { failed, ok, warning, type Check } from './check.ts';
import { claimsOf } from './identity-check.ts';
import { never } from './patient.ts';

/** A server in reach answers in milliseconds, a rule that drops packets never. */
const ANSWER_TIMEOUT_MS = 2_000;
const AUDIENCE = 'https://doctor.token-vending.invalid';

export async function concealmentCheck(hosts: readonly string[], mustBe: boolean): Promise<Check> {
  const emails = await Promise.all(hosts.map(emailOfVmAt));
  const [open] = hosts.flatMap((host, at) => {
    const email = emails[at];
    return email === undefined ? [] : [{ host, email }];
  });
  if (open === undefined) {
    return ok('concealment', `the VM's own metadata server is out of reach at ${hosts.join(', ')}`);
  }
  const found = `${open.host} gives this container the VM's own identity, ${open.email}`;
  return mustBe
    ? failed(
        'concealment',
        found,
        'on the VM: refresher host --conceal, and refresher host --check says whether it holds (docs/host.md)',
      )
    : warning(
        'concealment',
        found,
        'it separates this container from no other: docs/host.md; --concealed makes this a failure',
      );
}

/** `undefined`: nobody answers there, or somebody else. */
async function emailOfVmAt(host: string): Promise<string | undefined> {
  const metadata = createMetadataClient({ host, timeoutMs: ANSWER_TIMEOUT_MS });
  try {
    return claimsOf(await metadata.identityToken(AUDIENCE, never()), AUDIENCE).email;
  } catch {
    return undefined;
  }
}
