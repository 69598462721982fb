/**
 * The variables by which clients find the refresher, and those that lead them past it: the table is the refresher's own.
 * Pure.
 */

import { childEnvironment } from '../../refresher/child/environment.ts';
import { failed, ok, warning, type Check } from './check.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Each is the only one that some client reads. */
const ADDRESSES = {
  GCE_METADATA_HOST: 'Go, Java, .NET, Rust and Ruby clients, terraform and rclone',
  GCE_METADATA_ROOT: 'gcloud, gsutil, bq, and C++ clients such as pyarrow and tensorstore',
  GCE_METADATA_IP: "Python's and Node's clients",
} as const;

type AddressName = keyof typeof ADDRESSES;

const NAMES: readonly AddressName[] = ['GCE_METADATA_HOST', 'GCE_METADATA_ROOT', 'GCE_METADATA_IP'];
const PROXIES = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];
const CREDENTIALS = 'GOOGLE_APPLICATION_CREDENTIALS';

/** Where the network sends every client to the refresher there are no variables, and there must not be some. */
export function addressChecks(environment: Environment): readonly Check[] {
  const given = NAMES.filter((name) => isSet(environment, name));
  if (given.length === 0)
    return [ok('clients', 'no variables: clients ask where a VM has its metadata server')];
  const address = environment['GCE_METADATA_HOST'] ?? environment[given[0] ?? ''] ?? '';
  const astray = NAMES.filter((name) => environment[name] !== address);
  if (astray.length === 0) return [ok('clients', `GCE_METADATA_HOST, _ROOT and _IP lead to ${address}`)];
  return astray.map((name) =>
    failed(
      'clients',
      isSet(environment, name)
        ? `${name} leads elsewhere than GCE_METADATA_HOST`
        : `${name} is not set: ${ADDRESSES[name]} ask the VM's own metadata server`,
      `export ${name}=${address}`,
    ),
  );
}

/** `isAgentless`: the credentials file is one of `refresher adc`. */
export function misleadingChecks(environment: Environment, isAgentless: boolean): readonly Check[] {
  const { unset } = wanted(environment);
  const present = unset.filter((name) => isSet(environment, name) && !(name === CREDENTIALS && isAgentless));
  if (present.length === 0) return [ok('clients', 'no variable leads clients past it')];
  return present.map((name) =>
    failed('clients', `${name} is set: it wins over the metadata server`, `unset ${name}`),
  );
}

export function proxyCheck(environment: Environment): Check {
  const proxy = PROXIES.find((name) => isSet(environment, name));
  if (proxy === undefined) return ok('clients', 'no proxy stands before it');
  const { set } = wanted(environment);
  const lacking = ['NO_PROXY', 'no_proxy'].filter((name) => !covers(environment[name], set[name]));
  if (lacking.length === 0)
    return ok('clients', `${proxy} is set, and NO_PROXY keeps the metadata server from it`);
  return failed(
    'clients',
    `${proxy} is set and ${lacking.join(' and ')} ${lacking.length === 1 ? 'lacks' : 'lack'} the metadata server: tokens would go through the proxy`,
    ...lacking.map((name) => `export ${name}=${set[name]}`),
  );
}

/** `hasFiles`: those of the host's `/run/google-mds-mtls` are mounted. */
export function mtlsCheck(environment: Environment, hasFiles: boolean): Check {
  const mode = environment['GCE_METADATA_MTLS_MODE'];
  const mend = 'export GCE_METADATA_MTLS_MODE=none';
  if (mode === 'strict')
    return failed('clients', 'GCE_METADATA_MTLS_MODE is strict: Python refuses plain HTTP', mend);
  if (hasFiles && mode !== 'none') {
    return failed('clients', '/run/google-mds-mtls is there: Python 2.44 and later ask https://', mend);
  }
  return ok('clients', 'clients ask the metadata server by plain HTTP');
}

export function projectCheck(environment: Environment): Check {
  const name = 'GOOGLE_CLOUD_PROJECT';
  if (isSet(environment, name)) return ok('clients', `${name} is ${environment[name]}`);
  return warning(
    'clients',
    `${name} is not set: Node runs gcloud to find the project, and others take the VM's`,
    `export ${name}=PROJECT`,
  );
}

function wanted(environment: Environment) {
  return childEnvironment({
    address: environment['GCE_METADATA_HOST'] ?? '169.254.169.254',
    inherited: environment,
    cloudSdkConfig: '',
    project: undefined,
    vmProject: undefined,
  });
}

function covers(present: string | undefined, needed: string | undefined): boolean {
  const entries = listOf(present);
  return entries.includes('*') || listOf(needed).every((entry) => entries.includes(entry));
}

function listOf(value: string | undefined): readonly string[] {
  return (value ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
}

function isSet(environment: Environment, name: string): boolean {
  return (environment[name] ?? '') !== '';
}
