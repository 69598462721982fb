/**
 * Files that win over the metadata server: Application Default Credentials that somebody left, and what gcloud remembers.
 */

import { TOKEN_PATH } from '../../shared/protocol.ts';
import { isRecord, parseJson } from '../../shared/unknown.ts';
import { failed, ok, type Check } from './check.ts';
import type { Surroundings } from './surroundings.ts';

const ADC = 'application_default_credentials.json';

/** Python, Node and tensorstore look where CLOUDSDK_CONFIG says, Go and C++ always at home. */
export async function adcFileChecks({
  environment,
  home,
  readText,
}: Surroundings): Promise<readonly Check[]> {
  const folders = [environment['CLOUDSDK_CONFIG'], `${home}/.config/gcloud`];
  const paths = [...new Set(folders.flatMap((folder) => (folder ? [`${folder}/${ADC}`] : [])))];
  const found = await Promise.all(paths.map(async (path) => (await readText(path)) !== undefined));
  const present = paths.filter((_, at) => found[at]);
  if (present.length === 0)
    return [ok('clients', 'no file of Application Default Credentials is in the way')];
  return present.map((path) =>
    failed(
      'clients',
      `${path} is there: clients act as whom it names`,
      `gcloud auth application-default revoke, or rm ${path}`,
    ),
  );
}

/** Whether the file of GOOGLE_APPLICATION_CREDENTIALS is one of `refresher adc`, which needs no refresher. */
export async function isAgentless({ environment, readText }: Surroundings): Promise<boolean> {
  const path = environment['GOOGLE_APPLICATION_CREDENTIALS'];
  const text = path ? await readText(path) : undefined;
  const file = text === undefined ? undefined : parseJson(text);
  if (!isRecord(file)) return false;
  const { type, token_url: url } = file;
  return type === 'external_account' && typeof url === 'string' && url.endsWith(TOKEN_PATH);
}

/** By section and name, as `gcloud config set` writes them; with what is wrong about each. */
const MISLEADING: Readonly<Record<string, (value: string, account: string) => boolean>> = {
  'core/account': (value, account) => value !== account,
  'core/check_gce_metadata': (value) => value.toLowerCase() === 'false',
  'auth/impersonate_service_account': () => true,
  'auth/access_token_file': () => true,
  'auth/credential_file_override': () => true,
};

/** `account`: the default one of the metadata server. */
export async function gcloudChecks(
  { environment, home, readText }: Surroundings,
  account: string,
): Promise<readonly Check[]> {
  const folder = environment['CLOUDSDK_CONFIG'] || `${home}/.config/gcloud`;
  const active =
    environment['CLOUDSDK_ACTIVE_CONFIG_NAME'] || (await readText(`${folder}/active_config`))?.trim();
  const [text = '', detected] = await Promise.all([
    readText(`${folder}/configurations/config_${active || 'default'}`),
    readText(`${folder}/gce`),
  ]);
  const properties = propertiesIn(text).filter(
    ({ name, value }) => MISLEADING[name]?.(value, account) ?? false,
  );
  const checks = properties.map(({ name }) =>
    failed('clients', `gcloud has a ${name} of its own`, `gcloud config unset ${name}`),
  );
  const forgotten =
    detected?.trim() === 'False'
      ? [failed('clients', 'gcloud remembers that there is no metadata server', `rm ${folder}/gce`)]
      : [];
  const all = [...checks, ...forgotten];
  return all.length === 0 ? [ok('clients', 'nothing that gcloud remembers is in the way')] : all;
}

/** Of an INI file. Pure. */
export function propertiesIn(text: string): readonly { readonly name: string; readonly value: string }[] {
  let section = '';
  return text.split('\n').flatMap((line) => {
    const heading = /^\s*\[(.+)\]\s*$/.exec(line)?.[1];
    if (heading !== undefined) section = heading;
    const [, key, value = ''] = /^\s*([\w.]+)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    return key === undefined ? [] : [{ name: `${section}/${key}`, value }];
  });
}
