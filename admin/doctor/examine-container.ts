/**
 * Doctor in a container: what clients find there, whether it gives them tokens, whether the VM's own server is out of their
 * reach, and what in their environment would lead them elsewhere.
 */

import { createMetadataClient } from '../../refresher/vending/metadata-client.ts';
import { skipped, type Check } from './check.ts';
import { clockCheck } from './clock-check.ts';
import { concealmentCheck } from './concealment-check.ts';
import { adcFileChecks, gcloudChecks, isAgentless } from './credential-file-checks.ts';
import { createDatedCall } from './dated-call.ts';
import { reachCheck, type FunctionFound } from './function-checks.ts';
import type { Patient } from './patient.ts';
import { refresherChecks } from './refresher-checks.ts';
import { addressChecks, misleadingChecks, mtlsCheck, projectCheck, proxyCheck } from './variable-checks.ts';

const MTLS_FILE = '/run/google-mds-mtls/root.crt';

export async function examineContainer(patient: Patient): Promise<readonly Check[]> {
  const { metadataHost, isConcealed, surroundings, progress } = patient;
  progress('asking the metadata server');
  const refresher = await refresherChecks(createMetadataClient({ host: metadataHost }), metadataHost);
  const [concealment, functions, clients] = await Promise.all([
    concealmentCheck(surroundings.metadataHosts, isConcealed),
    reachFunctions(patient),
    clientChecks(patient, refresher.accounts[0] ?? ''),
  ]);
  const identity = skipped(
    'identity',
    "the VM's identity token is not for containers: doctor on the VM looks",
  );
  return [
    ...refresher.checks,
    concealment,
    identity,
    ...functions.checks,
    clockCheck(functions.seen),
    ...clients,
  ];
}

/** The refresher asks them, and not the container; where it can, too, their clock is Google's. */
async function reachFunctions({ functions, nowMs }: Patient): Promise<FunctionFound> {
  const call = createDatedCall(nowMs);
  const found = await Promise.all(
    (['impersonate', 'delegate'] as const).map(async (name) => {
      const address = functions[name];
      return address === undefined ? { checks: [], seen: [] } : reachCheck({ name, address }, call);
    }),
  );
  const checks = found.flatMap((one) => one.checks);
  const none = skipped(
    'function',
    'the refresher asks the functions; --impersonate-url and --delegate-url try from here',
  );
  return { checks: checks.length === 0 ? [none] : checks, seen: found.flatMap((one) => one.seen) };
}

async function clientChecks({ surroundings }: Patient, account: string): Promise<readonly Check[]> {
  const { environment, readText } = surroundings;
  const [agentless, adcFiles, gcloud, mtls] = await Promise.all([
    isAgentless(surroundings),
    adcFileChecks(surroundings),
    gcloudChecks(surroundings, account),
    readText(MTLS_FILE),
  ]);
  return [
    ...addressChecks(environment),
    ...misleadingChecks(environment, agentless),
    ...adcFiles,
    ...gcloud,
    proxyCheck(environment),
    mtlsCheck(environment, mtls !== undefined),
    projectCheck(environment),
  ];
}
