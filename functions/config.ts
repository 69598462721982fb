/**
 * The configuration of the functions: the environment in, typed values or a `ConfigurationError` out. Pure.
 */

import type { DelegationCeilings } from '../shared/grants/ceilings.ts';
import { isServiceAccountEmail, isUserEmail } from '../shared/member.ts';
import {
  ConfigurationError,
  optional,
  parseList,
  parseUrl,
  parseWholeNumber,
  required,
  type Environment,
} from './environment.ts';

export type GrantsLocation =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'firestore'; readonly projectId: string; readonly databaseId: string };

export interface FunctionConfig {
  /** What the `aud` of identity tokens must be, one of them. */
  readonly audiences: readonly string[];
  readonly grants: GrantsLocation;
  /** Empty: callers of every project. */
  readonly projectNumbers: readonly number[];
  /** For the resource names of traces; the function's own project. */
  readonly projectId: string | undefined;
  readonly jwksUrl: string;
  readonly iamCredentialsOrigin: string;
  /** Milliseconds for a whole exchange. */
  readonly budgetMs: number;
}

export interface DelegateConfig extends FunctionConfig {
  readonly oauthTokenUrl: string;
  readonly ceilings: DelegationCeilings;
}

const DEFAULT_JWKS_URL = 'https://www.googleapis.com/oauth2/v3/certs';
const DEFAULT_IAM_CREDENTIALS_ORIGIN = 'https://iamcredentials.googleapis.com';
const DEFAULT_OAUTH_TOKEN_URL = 'https://oauth2.googleapis.com/token';
const DEFAULT_DATABASE = '(default)';
const DEFAULT_DEADLINE_MS = 10_000;

/** What would let an environment redirect a deployed function to another Google, or make it print tokens. */
const REFUSED_WHEN_DEPLOYED = [
  'TOKEN_VENDING_GRANTS_FILE',
  'FIRESTORE_EMULATOR_HOST',
  'GCE_METADATA_HOST',
  'GCE_METADATA_IP',
  'GOOGLE_SDK_NODE_LOGGING',
];

export function parseImpersonateConfig(environment: Environment): FunctionConfig {
  checkDeployedEnvironment(environment);
  return parseFunctionConfig(environment);
}

export function parseDelegateConfig(environment: Environment): DelegateConfig {
  checkDeployedEnvironment(environment);
  return {
    ...parseFunctionConfig(environment),
    oauthTokenUrl: endpoint(environment, 'TOKEN_VENDING_OAUTH_TOKEN_URL', DEFAULT_OAUTH_TOKEN_URL).href,
    ceilings: parseCeilings(environment),
  };
}

function parseFunctionConfig(environment: Environment): FunctionConfig {
  return {
    audiences: parseAudiences(environment),
    grants: parseGrantsLocation(environment),
    projectNumbers: parseProjectNumbers(environment),
    projectId: optional(environment, 'GOOGLE_CLOUD_PROJECT'),
    jwksUrl: endpoint(environment, 'TOKEN_VENDING_JWKS_URL', DEFAULT_JWKS_URL).href,
    iamCredentialsOrigin: parseIamCredentialsOrigin(environment),
    budgetMs: parseDeadline(environment),
  };
}

/** `K_SERVICE` is set by the platform: https://cloud.google.com/run/docs/container-contract#env-vars */
function isDeployed(environment: Environment): boolean {
  return optional(environment, 'K_SERVICE') !== undefined;
}

function checkDeployedEnvironment(environment: Environment): void {
  if (!isDeployed(environment)) return;
  const refused = REFUSED_WHEN_DEPLOYED.find((variable) => optional(environment, variable) !== undefined);
  if (refused !== undefined) {
    throw new ConfigurationError(refused, 'is for development: it must not be set on a deployed function');
  }
}

function parseAudiences(environment: Environment): readonly string[] {
  const variable = 'TOKEN_VENDING_AUDIENCE';
  const meaning =
    'the audience of identity tokens, by custom the address of this function followed by /v1/token';
  return parseList(variable, required(environment, variable, meaning), () => true, 'audiences');
}

function parseGrantsLocation(environment: Environment): GrantsLocation {
  const path = optional(environment, 'TOKEN_VENDING_GRANTS_FILE');
  if (path !== undefined) return { kind: 'file', path };
  const databaseId = optional(environment, 'TOKEN_VENDING_DATABASE') ?? DEFAULT_DATABASE;
  if (databaseId !== DEFAULT_DATABASE && !/^[a-z][a-z0-9-]{2,61}[a-z0-9]$/.test(databaseId)) {
    throw new ConfigurationError('TOKEN_VENDING_DATABASE', 'has to be the id of a Firestore database');
  }
  const meaning = 'the project of the Firestore database (or set TOKEN_VENDING_GRANTS_FILE)';
  return { kind: 'firestore', projectId: required(environment, 'GOOGLE_CLOUD_PROJECT', meaning), databaseId };
}

function parseProjectNumbers(environment: Environment): readonly number[] {
  const variable = 'TOKEN_VENDING_PROJECT_NUMBERS';
  const value = optional(environment, variable);
  if (value === undefined) return [];
  return parseList(variable, value, isProjectNumber, 'project numbers (not ids)').map(Number);
}

function isProjectNumber(entry: string): boolean {
  return /^[1-9]\d{0,14}$/.test(entry);
}

function parseCeilings(environment: Environment): DelegationCeilings {
  const list = (variable: string, fits: (entry: string) => boolean, meaning: string) =>
    parseList(variable, required(environment, variable, meaning), fits, meaning);
  return {
    signers: list('TOKEN_VENDING_DELEGATION_SIGNERS', isServiceAccountEmail, 'e-mails of service accounts'),
    subjects: list(
      'TOKEN_VENDING_DELEGATION_SUBJECTS',
      isSubject,
      'e-mails of users, or @domain for all of a domain',
    ),
    scopes: list('TOKEN_VENDING_DELEGATION_SCOPES', isScopeUrl, 'scopes, as URLs'),
  };
}

function isSubject(entry: string): boolean {
  return isUserEmail(entry.startsWith('@') ? `anyone${entry}` : entry);
}

function isScopeUrl(entry: string): boolean {
  return entry.startsWith('https://') && !/[\s"\\]/.test(entry) && URL.canParse(entry);
}

function parseIamCredentialsOrigin(environment: Environment): string {
  const variable = 'TOKEN_VENDING_IAM_CREDENTIALS_URL';
  const url = endpoint(environment, variable, DEFAULT_IAM_CREDENTIALS_ORIGIN);
  if (url.pathname !== '/' || url.search !== '') {
    throw new ConfigurationError(variable, 'has to be an origin, without a path');
  }
  return url.origin;
}

function endpoint(environment: Environment, variable: string, standard: string): URL {
  const url = parseUrl(variable, optional(environment, variable) ?? standard);
  const isGoogle = url.protocol === 'https:' && url.hostname.endsWith('.googleapis.com') && url.port === '';
  if (isDeployed(environment) && !isGoogle) {
    throw new ConfigurationError(variable, 'has to be below https://*.googleapis.com on a deployed function');
  }
  return url;
}

function parseDeadline(environment: Environment): number {
  const variable = 'TOKEN_VENDING_DEADLINE_MS';
  const value = optional(environment, variable);
  return value === undefined ? DEFAULT_DEADLINE_MS : parseWholeNumber(variable, value, 100, 60_000);
}
