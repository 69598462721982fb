/**
 * The variables by which every client library, gcloud, gsutil, bq, terraform and rclone find the metadata server, and
 * those that would lead them past it. Pure.
 *
 * None of the values is a secret: the environment carries an address.
 */

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ChildEnvironment {
  readonly set: Readonly<Record<string, string>>;
  /** Names to remove, whether or not they are there now. */
  readonly unset: readonly string[];
}

interface Facts {
  /** `HOST:PORT` of the metadata server. */
  readonly address: string;
  /** Whose environment is changed: `NO_PROXY` is added to, a project that is set stays. */
  readonly inherited: Environment;
  /** A directory of the child's own. */
  readonly cloudSdkConfig: string;
  /** What `--project` says: comes before what is inherited. */
  readonly project: string | undefined;
  /** The VM's, where neither says anything. */
  readonly vmProject: string | undefined;
}

/** Where the clients' requests to metadata servers go; no proxy may see them, for the answer is a token. */
const NEVER_PROXIED = ['127.0.0.1', 'localhost', '169.254.169.254', 'metadata.google.internal'];

/** Each of them wins over a metadata server in some client, or keeps one from looking for it. */
const MISLEADING = [
  // every Application Default Credentials chain
  'GOOGLE_APPLICATION_CREDENTIALS',
  // Python and Java do not look for a metadata server
  'NO_GCE_CHECK',
  // nor does gcloud
  'CLOUDSDK_CORE_CHECK_GCE_METADATA',
  // gcloud stops where this is not the emulated account
  'CLOUDSDK_CORE_ACCOUNT',
  // terraform, with a token that nobody refreshes
  'GOOGLE_OAUTH_ACCESS_TOKEN',
  'GOOGLE_CREDENTIALS',
  'GOOGLE_BACKEND_CREDENTIALS',
  // tensorstore
  'GOOGLE_AUTH_TOKEN_FOR_TESTING',
  // gsutil, where the file holds credentials
  'BOTO_CONFIG',
  'BOTO_PATH',
];

/** gcloud's access tokens, token files, credential files and impersonation. */
const MISLEADING_PREFIX = 'CLOUDSDK_AUTH_';
const KNOWN_CLOUDSDK_AUTH = [
  'ACCESS_TOKEN',
  'ACCESS_TOKEN_FILE',
  'CREDENTIAL_FILE_OVERRIDE',
  'IMPERSONATE_SERVICE_ACCOUNT',
].map((name) => MISLEADING_PREFIX + name);

export function childEnvironment(facts: Facts): ChildEnvironment {
  const { address, inherited } = facts;
  const set = {
    // one is not enough: each is the only one that some client reads
    GCE_METADATA_HOST: address,
    GCE_METADATA_ROOT: address,
    GCE_METADATA_IP: address,
    // google-auth from 2.44 on asks https:// where the host's /run/google-mds-mtls is mounted
    GCE_METADATA_MTLS_MODE: 'none',
    // Node's library need not look first
    METADATA_SERVER_DETECTION: 'assume-present',
    NO_PROXY: withoutProxy(inherited['NO_PROXY'], address),
    no_proxy: withoutProxy(inherited['no_proxy'] ?? inherited['NO_PROXY'], address),
    // gcloud remembers tokens by account, and for ten minutes that there was no metadata server
    CLOUDSDK_CONFIG: facts.cloudSdkConfig,
    ...projectVariables(facts),
  };
  return { set, unset: misleadingVariables(inherited) };
}

/** The whole environment of the child. */
export function applyTo(inherited: Environment, { set, unset }: ChildEnvironment): Record<string, string> {
  const changed: Environment = {
    ...inherited,
    ...Object.fromEntries(unset.map((name) => [name, undefined])),
    ...set,
  };
  const entries = Object.entries(changed);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function withoutProxy(inherited: string | undefined, address: string): string {
  const own = address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  const before = (inherited ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  return [...new Set([...before, ...NEVER_PROXIED, own])].join(',');
}

function projectVariables({ project, vmProject, inherited }: Facts): Record<string, string> {
  const projectOf = (name: string) => project ?? (inherited[name] || vmProject);
  const named = ['GOOGLE_CLOUD_PROJECT', 'CLOUDSDK_CORE_PROJECT'].map((name) => [name, projectOf(name)]);
  return Object.fromEntries(named.filter(([, id]) => id !== undefined));
}

function misleadingVariables(inherited: Environment): readonly string[] {
  const present = Object.keys(inherited).filter((name) => name.startsWith(MISLEADING_PREFIX));
  return [...new Set([...MISLEADING, ...KNOWN_CLOUDSDK_AUTH, ...present])];
}
