/**
 * The settings of each command: values in, typed settings or a `Failure` out. Pure.
 */

import { badUsage } from '../failure.ts';
import { parseFunctions, type Functions } from './functions.ts';
import { clientAddress, parseListenAddress, type ListenAddress } from './listen-address.ts';
import { parseTargets, type Targets } from './targets.ts';
import { isSwitchedOn, list, single, unfit, type Given, type Values } from './values.ts';

/** What it takes to get tokens. */
export interface VendingSettings {
  readonly targets: Targets;
  readonly functions: Functions;
  /** The VM's own metadata server. */
  readonly metadataHost: string;
}

export interface ServingSettings extends VendingSettings {
  readonly listen: ListenAddress;
  readonly tokenFile: string | undefined;
  readonly project: string | undefined;
  readonly allowRemotePeers: boolean;
  readonly acceptHosts: readonly string[];
  readonly isMetered: boolean;
}

export interface ExecSettings extends ServingSettings {
  readonly listen: ListenAddress & { readonly kind: 'tcp' };
  readonly waitSeconds: number;
}

export interface TokenSettings extends VendingSettings {
  readonly waitSeconds: number;
}

export interface EnvSettings {
  /** `HOST:PORT`, for clients. */
  readonly address: string;
  readonly project: string | undefined;
  readonly metadataHost: string;
  readonly format: EnvFormat;
}

export const ENV_FORMATS = ['sh', 'json', 'docker', 'github'] as const;
export type EnvFormat = (typeof ENV_FORMATS)[number];

/** By address, because a name could be anybody's where DNS is not the VM's. */
const METADATA_ADDRESS = '169.254.169.254';
/** By name, which the documentation of the libraries uses and which `NO_PROXY` lists know. */
const METADATA_NAME = 'metadata.google.internal';

/** A label has 63 characters at most (RFC 1035 §2.3.4): what has more may be a token, and is not to be quoted. */
const HOST = /^(?!.*[^.]{64})(?:\[[\da-f:.]+\]|[a-z\d](?:[a-z\d.-]*[a-z\d])?\.?)(?::\d{1,5})?$/i;
/** https://cloud.google.com/resource-manager/docs/creating-managing-projects; older ones have a domain in front. */
const PROJECT_ID = /^(?:[a-z\d.-]+:)?[a-z][a-z\d-]{1,61}[a-z\d]$/;
const DEFAULT_WAIT_SECONDS = 60;
const MAX_WAIT_SECONDS = 3600;

export function parseServing(values: Values): ServingSettings {
  return {
    ...parseVending(values),
    listen: parseListenAddress(single(values, 'listen')),
    tokenFile: single(values, 'tokenFile')?.value,
    project: parseProject(single(values, 'project')),
    allowRemotePeers: isSwitchedOn(values, 'allowRemote'),
    acceptHosts: list(values, 'acceptHost').map(parseHost),
    isMetered: isSwitchedOn(values, 'metrics'),
  };
}

export function parseExec(values: Values): ExecSettings {
  const { listen, ...serving } = parseServing(values);
  return { ...serving, listen: tcpOnly(listen, 'exec'), waitSeconds: parseWait(single(values, 'wait')) };
}

export function parseToken(values: Values): TokenSettings {
  return { ...parseVending(values), waitSeconds: parseWait(single(values, 'wait')) };
}

export function parseAdc(values: Values): VendingSettings {
  return parseVending(values, METADATA_NAME);
}

export function parseEnv(values: Values): EnvSettings {
  const listen = tcpOnly(parseListenAddress(single(values, 'listen')), 'env');
  if (listen.port === 0) throw badUsage('env cannot know what port 0 became: name it in --listen');
  return {
    address: clientAddress(listen),
    project: parseProject(single(values, 'project')),
    metadataHost: parseMetadataHost(values, METADATA_ADDRESS),
    format: parseFormat(single(values, 'format')),
  };
}

function parseVending(values: Values, defaultMetadataHost = METADATA_ADDRESS): VendingSettings {
  const targets = parseTargets(values);
  const functions = parseFunctions(values, targets);
  return { targets, functions, metadataHost: parseMetadataHost(values, defaultMetadataHost) };
}

export function parseMetadataHost(values: Values, defaultHost: string): string {
  const given = single(values, 'metadataHost');
  return given === undefined ? defaultHost : parseHost(given);
}

function parseHost(given: Given): string {
  if (HOST.test(given.value)) return given.value;
  throw unfit(given, 'HOST or HOST:PORT, without a scheme and a path');
}

export function parseProject(given: Given | undefined): string | undefined {
  if (given === undefined || PROJECT_ID.test(given.value)) return given?.value;
  throw unfit(given, 'a project id such as acme-data');
}

export function parseWait(given: Given | undefined): number {
  if (given === undefined) return DEFAULT_WAIT_SECONDS;
  const seconds = /^\d{1,4}$/.test(given.value) ? Number(given.value) : 0;
  if (seconds >= 1 && seconds <= MAX_WAIT_SECONDS) return seconds;
  throw unfit(given, `a whole number of seconds from 1 to ${MAX_WAIT_SECONDS}`);
}

function parseFormat(given: Given | undefined): EnvFormat {
  const format = given === undefined ? 'sh' : ENV_FORMATS.find((one) => one === given.value);
  if (format !== undefined) return format;
  throw badUsage(`--format has to be one of ${ENV_FORMATS.join(', ')}`);
}

/** No client library speaks HTTP over a unix socket. */
function tcpOnly(listen: ListenAddress, command: string): ListenAddress & { readonly kind: 'tcp' } {
  if (listen.kind === 'tcp') return listen;
  throw badUsage(`${command} needs --listen HOST:PORT: no client library can use a unix socket`);
}
