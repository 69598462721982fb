/**
 * The settings of `refresher host`. Pure.
 */

import { badConfiguration, badUsage } from '../../failure.ts';
import { parseFunctions, type Functions } from '../../settings/functions.ts';
import { parseMetadataHost, parseProject, parseWait } from '../../settings/settings.ts';
import { sourcesOf } from '../../settings/options.ts';
import { single, withVariables, type Environment } from '../../settings/values.ts';
import { CONTROL, HOST_OPTIONS, vendingValues, type Parsed } from './host-options.ts';

export interface HostSettings {
  readonly functions: Functions;
  readonly metadataHost: string;
  readonly project: string | undefined;
  readonly waitSeconds: number;
  readonly controlPath: string;
  readonly statePath: string;
  readonly conceals: boolean;
  readonly allowedCgroups: readonly string[];
  readonly allowsAddresses: boolean;
  readonly maxTasks: number;
}

const METADATA_ADDRESS = '169.254.169.254';
const DEFAULT_CONTROL = '/run/token-vending/control.sock';
const DEFAULT_STATE = '/run/token-vending/tasks.json';
const DEFAULT_MAX_TASKS = 1_000;
const LARGEST_MAX_TASKS = 10_000;

export function parseHostSettings(parsed: Parsed, environment: Environment): HostSettings {
  const values = withVariables(vendingValues(parsed), environment);
  const functions = parseFunctions(values, []);
  if (functions.impersonate === undefined && functions.delegate === undefined) {
    throw badConfiguration(`no function: set ${sourcesOf('impersonateUrl')}, ${sourcesOf('delegateUrl')}`);
  }
  const conceals = parsed.values['conceal'] !== undefined;
  const allowedCgroups = parsed.values['allow-cgroup'] ?? [];
  const allowsAddresses = parsed.values['allow-address'] !== undefined;
  if (!conceals && allowedCgroups.length > 0)
    throw badUsage('--allow-cgroup means nothing without --conceal');
  if (!conceals && allowsAddresses) throw badUsage('--allow-address needs --conceal');
  return {
    functions,
    metadataHost: parseMetadataHost(values, METADATA_ADDRESS),
    project: parseProject(single(values, 'project')),
    waitSeconds: parseWait(single(values, 'wait')),
    controlPath: controlPathOf(parsed, environment),
    statePath: pathOf(parsed, 'state', environment) ?? DEFAULT_STATE,
    conceals,
    allowedCgroups,
    allowsAddresses,
    maxTasks: parseMaxTasks(parsed.values['max-tasks']?.[0]),
  };
}

/** Where `host` listens, and `task` asks. */
export function controlPathOf(parsed: Parsed, environment: Environment): string {
  return pathOf(parsed, 'control', environment) ?? DEFAULT_CONTROL;
}

function pathOf({ values }: Parsed, name: 'control' | 'state', environment: Environment): string | undefined {
  const { variable } = name === 'control' ? CONTROL : HOST_OPTIONS[name];
  const path = values[name]?.[0] ?? (environment[variable] || undefined);
  if (path === undefined || /^\/\P{Cc}+$/u.test(path)) return path;
  throw badConfiguration(`--${name} has to be an absolute path`);
}

function parseMaxTasks(text: string | undefined): number {
  if (text === undefined) return DEFAULT_MAX_TASKS;
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= LARGEST_MAX_TASKS) return number;
  throw badConfiguration(`--max-tasks has to be a number from 1 to ${LARGEST_MAX_TASKS}`);
}
