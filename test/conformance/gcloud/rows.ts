/** What comes with the Google Cloud SDK. None of it reads GOOGLE_APPLICATION_CREDENTIALS. */

import { API_AUDIENCE } from '../../support/world/world.ts';
import { DATASET, OBJECT } from '../fake-apis/contents.ts';
import type { CannotWork, Command, Expectation, Place, Proof, Row } from '../harness/row.ts';
import { GCLOUD } from './toolchain.ts';

const NO_ADC: CannotWork = {
  reason: 'reads no credentials file, so it acts as the VM itself',
  seen: 'acts as the VM',
};

const NO_USERS_ID_TOKEN: CannotWork = {
  reason: 'gets no ID token, as there are none of users',
  seen: { says: /No identity token can be obtained from the current credentials/ },
};

/** Nothing about credentials: no questions, and no calls home. */
const QUIET = {
  CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
  CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
  CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: 'true',
};

interface SdkCommand {
  readonly program: 'gcloud' | 'gsutil' | 'bq';
  /** Beyond the program's name. */
  readonly name?: string;
  readonly proof: Proof;
  readonly args: (place: Place) => readonly string[];
  readonly env?: (place: Place) => Readonly<Record<string, string>>;
  readonly prints?: string;
  readonly works?: Expectation;
  readonly tokenFile?: Expectation;
}

const COMMANDS: readonly SdkCommand[] = [
  {
    program: 'gcloud',
    name: 'auth list',
    proof: 'printed account',
    args: () => ['auth', 'list', '--format=value(account)'],
  },
  {
    program: 'gcloud',
    name: 'auth print-access-token',
    proof: 'printed token',
    args: () => ['auth', 'print-access-token'],
    tokenFile: 'works',
  },
  {
    program: 'gcloud',
    name: 'auth print-identity-token',
    proof: 'printed token',
    args: () => ['auth', 'print-identity-token', `--audiences=${API_AUDIENCE}`],
    works: { 'service account': 'works', user: NO_USERS_ID_TOKEN },
    tokenFile: {
      reason: 'gets no ID token from a file that holds an access token',
      seen: { says: /Invalid account type for `--audiences`/ },
    },
  },
  {
    program: 'gcloud',
    name: 'storage ls',
    proof: 'api',
    args: ({ bucket }) => ['storage', 'ls', `gs://${bucket}`],
    env: ({ apiUrl }) => ({ CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${apiUrl}/storage/v1/` }),
    prints: OBJECT,
    tokenFile: 'works',
  },
  {
    program: 'gsutil',
    name: 'ls',
    proof: 'api',
    args: ({ apiTlsUrl, caFile, bucket }) => [
      '-o',
      'Credentials:gs_json_host=localhost',
      '-o',
      `Credentials:gs_json_port=${new URL(apiTlsUrl).port}`,
      '-o',
      `Boto:ca_certificates_file=${caFile}`,
      'ls',
      `gs://${bucket}`,
    ],
    prints: OBJECT,
    tokenFile: {
      reason: 'takes no access token',
      seen: 'acts anonymously',
    },
  },
  {
    program: 'bq',
    name: 'ls',
    proof: 'api',
    args: ({ apiUrl, projectId }) => ['--api', apiUrl, '--project_id', projectId, 'ls'],
    prints: DATASET,
    tokenFile: 'works',
  },
];

export const GCLOUD_ROWS: readonly Row[] = COMMANDS.map(
  ({ program, name, proof, args, env, prints, works = 'works', tokenFile }): Row => ({
    client: name === undefined ? program : `${program} ${name}`,
    language: 'Command line',
    toolchain: GCLOUD,
    version: ({ versions }) => versions[program] ?? '?',
    proof,
    command: (place): Command => ({
      argv: [place.installed.programs[program] ?? '', ...args(place)],
      env: { ...QUIET, ...env?.(place) },
      ...(prints !== undefined && { prints }),
    }),
    modes: {
      environment: works,
      interception: works,
      agentless: NO_ADC,
      ...(tokenFile !== undefined && { 'token file': tokenFile }),
    },
  }),
);
