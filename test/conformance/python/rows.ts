/** The Python clients, and with them google-cloud-cpp (pyarrow) and object_store (polars). */

import { DATASET, JSON_OBJECT, OBJECT } from '../fake-apis/contents.ts';
import type { Outcome, Place, Row } from '../harness/row.ts';
import { PYTHON, scriptOf } from './toolchain.ts';

const FILE_TYPE_UNKNOWN = 'knows no file of the type external_account';

interface PythonClient {
  readonly client: string;
  readonly script: string;
  readonly args: (place: Place) => readonly string[];
  readonly env?: (place: Place) => Readonly<Record<string, string>>;
  readonly prints: string;
  readonly agentless?: Outcome;
}

const CLIENTS: readonly PythonClient[] = [
  {
    client: 'google-auth',
    script: 'google_auth',
    args: ({ apiUrl, projectId }) => [apiUrl, projectId],
    prints: 'conformance-data',
  },
  {
    client: 'google-cloud-storage',
    script: 'cloud_storage',
    args: ({ apiUrl }) => [apiUrl],
    prints: 'conformance-data',
  },
  {
    client: 'google-cloud-bigquery',
    script: 'cloud_bigquery',
    args: ({ apiUrl }) => [apiUrl],
    prints: DATASET,
  },
  {
    client: 'gcsfs',
    script: 'gcsfs_read',
    args: ({ apiUrl, projectId, bucket }) => [apiUrl, projectId, `${bucket}/${OBJECT}`],
    // Else it first asks another API, over gRPC, for half a minute; there is none here.
    env: () => ({ GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT: 'false' }),
    prints: 'alpha,1',
  },
  {
    client: 'pyarrow',
    script: 'pyarrow_read',
    args: ({ apiHost, bucket }) => [apiHost, `${bucket}/${OBJECT}`],
    prints: 'alpha',
  },
  {
    client: 'tensorstore',
    script: 'tensorstore_read',
    args: ({ bucket }) => [bucket, JSON_OBJECT],
    env: ({ apiUrl }) => ({ TENSORSTORE_GCS_HTTP_URL: apiUrl }),
    prints: 'seven',
    agentless: { reason: `${FILE_TYPE_UNKNOWN}, so it acts as the VM itself`, seen: 'acts as the VM' },
  },
  {
    client: 'polars',
    script: 'polars_read',
    args: ({ apiUrl, bucket }) => [apiUrl, `gs://${bucket}/${OBJECT}`],
    prints: 'alpha',
    agentless: { reason: FILE_TYPE_UNKNOWN, seen: { says: /external_account/ } },
  },
];

export const PYTHON_ROWS: readonly Row[] = CLIENTS.map(
  ({ client, script, args, env, prints, agentless = 'works' }): Row => ({
    client,
    language: 'Python',
    toolchain: PYTHON,
    version: ({ versions }) => versions[client] ?? '?',
    proof: 'api',
    command: (place) => ({
      argv: [place.installed.programs['python'] ?? '', scriptOf(script), ...args(place)],
      ...(env !== undefined && { env: env(place) }),
      prints,
    }),
    modes: { environment: 'works', interception: 'works', agentless },
  }),
);
