/**
 * `refresher adc`: a credentials file with which a client library fetches the VM's identity token and exchanges it at
 * the function by itself.
 *
 * https://google.aip.dev/auth/4117, https://cloud.google.com/iam/docs/workload-identity-federation-with-other-providers
 */

import type { Target } from '../../shared/member.ts';
import { TOKEN_PATH, TOKEN_TYPES } from '../../shared/protocol.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { functionOf } from '../settings/functions.ts';
import type { VendingSettings } from '../settings/settings.ts';
import type { FunctionAddress } from '../vending/function-client.ts';
import { identityTokenPath, metadataUrl } from '../vending/metadata-url.ts';
import type { Context } from './context.ts';

export async function adc(settings: VendingSettings, { log, print }: Context): Promise<number> {
  const [target, ...others] = settings.targets;
  const address = functionOf(settings.functions, target);
  if (others.length > 0) log('WARNING', `the file can hold one target: ${target.member}`);
  if (!address.url.startsWith('https:'))
    log('WARNING', 'Java libraries refuse a token_url that is not https');
  await print(`${JSON.stringify(credentialsFile(target, address, settings.metadataHost), null, 2)}\n`);
  return EXIT_CODES.ok;
}

/**
 * Without a `projects` segment in `audience`, which some libraries would ask the Resource Manager about. The library
 * sends `audience` as it stands.
 */
export function credentialsFile(
  target: Target,
  { url, audience }: FunctionAddress,
  metadataHost: string,
): Readonly<Record<string, unknown>> {
  return {
    type: 'external_account',
    audience: `//iam.googleapis.com/${target.member}`,
    subject_token_type: TOKEN_TYPES.idToken,
    token_url: url + TOKEN_PATH,
    credential_source: {
      url: metadataUrl(metadataHost, identityTokenPath(audience)),
      headers: { 'Metadata-Flavor': 'Google' },
      format: { type: 'text' },
    },
  };
}
