/**
 * Doctor on a VM: its metadata server, its clock, its identity token, the functions, and an exchange for each target.
 */

import type { FunctionName } from '../../refresher/vending/function-of.ts';
import { FUNCTION_OF } from '../../refresher/vending/function-of.ts';
import { createMetadataClient, type MetadataClient } from '../../refresher/vending/metadata-client.ts';
import { metadataUrl } from '../../refresher/vending/metadata-url.ts';
import { createVendingClient } from '../../refresher/vending/vending-client.ts';
import { ok, skipped, type Check } from './check.ts';
import { clockCheck, type DateSeen } from './clock-check.ts';
import { createDatedCall, type DatedCall } from './dated-call.ts';
import { exchangeCheck } from './exchange-check.ts';
import { functionChecks, type FunctionFound } from './function-checks.ts';
import { identityCheck } from './identity-check.ts';
import { metadataCheck } from './metadata-check.ts';
import type { Patient } from './patient.ts';

/** No function accepts it. */
const NO_FUNCTION = 'https://doctor.token-vending.invalid';

export async function examineVm(patient: Patient): Promise<readonly Check[]> {
  const { metadataHost, functions, targets, nowMs, progress } = patient;
  const metadata = createMetadataClient({ host: metadataHost });
  const call = createDatedCall(nowMs);
  progress('asking the metadata server');
  const found = await metadataCheck(metadata, metadataHost);
  if (found.is === 'failed') return [found];
  const audience = Object.values(functions)[0]?.audience ?? NO_FUNCTION;
  const [seen, identity] = await Promise.all([
    dateOfMetadata(metadataHost, call),
    identityCheck(metadata, audience),
  ]);
  const base = [found, identity.check];
  if (identity.check.is === 'failed') return [...base, clockCheck(seen)];
  progress('asking the functions');
  const asked = await askFunctions(patient, { metadata, call, email: identity.email });
  const checks = [...base, ...asked.checks, clockCheck([...asked.seen, ...seen])];
  if (checks.some(({ is, layer }) => is === 'failed' && layer !== 'clock')) return checks;
  progress('exchanging');
  const vend = createVendingClient({ functions, metadata });
  const exchanges = await Promise.all(targets.map((target) => exchangeCheck(target, vend)));
  const none = skipped('exchange', 'no target is given: --target MEMBER tries an exchange');
  return [...checks, ...(exchanges.length === 0 ? [none] : exchanges), NO_CLIENTS];
}

const NO_CLIENTS = ok('clients', 'clients on the VM itself act as the VM; in a container: --in container');

interface Means {
  readonly metadata: MetadataClient;
  readonly call: DatedCall;
  readonly email: string | undefined;
}

async function askFunctions(
  { functions, targets }: Patient,
  { metadata, call, email }: Means,
): Promise<FunctionFound> {
  const names: readonly FunctionName[] = ['impersonate', 'delegate'];
  const found = await Promise.all(
    names.map(async (name) => {
      const address = functions[name];
      if (address === undefined) return { checks: [], seen: [] };
      const own = targets.flatMap(({ kind, member }) => (FUNCTION_OF[kind] === name ? [member] : []));
      return functionChecks({ name, address, targets: own, email }, metadata, call);
    }),
  );
  const checks = found.flatMap((one) => one.checks);
  const none = skipped('function', 'no function is given: --impersonate-url, --delegate-url');
  return { checks: checks.length === 0 ? [none] : checks, seen: found.flatMap((one) => one.seen) };
}

/** Its clock is that of the host below the VM. */
async function dateOfMetadata(host: string, call: DatedCall): Promise<readonly DateSeen[]> {
  const headers = { 'metadata-flavor': 'Google' };
  const answer = await call({ method: 'GET', url: metadataUrl(host, 'instance/zone'), headers }).catch(
    () => undefined,
  );
  return answer === undefined ? [] : [answer.seen];
}
