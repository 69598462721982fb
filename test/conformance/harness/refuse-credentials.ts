import type { Command, Mode } from './row.ts';

/** What only the harness may set: with any other of these a row would not prove what its mode says. */
const SAYS_WHERE_CREDENTIALS_ARE =
  /^(?:GCE_METADATA_|GOOGLE_APPLICATION_CREDENTIALS$|GOOGLE_CLOUD_PROJECT$|CLOUDSDK_(?:AUTH_|CONFIG$|CORE_(?:PROJECT|ACCOUNT)$)|NO_PROXY$|no_proxy$|METADATA_SERVER_DETECTION$)/;

/** Throws where a row's command says where its credentials are. */
export function refuseCredentials({ env = {} }: Command, mode: Mode): void {
  const refused = Object.keys(env).filter(
    (variable) =>
      SAYS_WHERE_CREDENTIALS_ARE.test(variable) &&
      !(mode === 'agentless' && variable === 'GOOGLE_APPLICATION_CREDENTIALS'),
  );
  if (refused.length > 0) throw new Error(`a row sets ${refused.join(', ')}`);
}
