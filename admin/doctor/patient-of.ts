/**
 * What to examine, from the flags and variables that a refresher has, read as it reads them.
 */

import { Failure as RefresherFailure } from '../../refresher/failure.ts';
import { parseFunctions } from '../../refresher/settings/functions.ts';
import { parseTargets } from '../../refresher/settings/targets.ts';
import type { Given, Values } from '../../refresher/settings/values.ts';
import { isGiven, valueOf, type Context, type Invocation, type Options } from '../command-line/command.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { badUsage, Failure } from '../failure.ts';
import type { Patient } from './patient.ts';

export const PATIENT_OPTIONS = {
  in: {
    value: 'PLACE',
    help: 'vm or container (default: container where GCE_METADATA_HOST is set, else vm)',
  },
  target: {
    value: 'MEMBER',
    variable: 'TOKEN_VENDING_TARGET',
    isRepeatable: true,
    help: 'serviceAccount:EMAIL or user:EMAIL, to become by an exchange',
  },
  'impersonate-url': {
    value: 'URL',
    variable: 'TOKEN_VENDING_IMPERSONATE_URL',
    help: 'the function for service accounts',
  },
  'delegate-url': {
    value: 'URL',
    variable: 'TOKEN_VENDING_DELEGATE_URL',
    help: 'the function for Workspace users',
  },
  'impersonate-audience': {
    value: 'AUDIENCE',
    variable: 'TOKEN_VENDING_IMPERSONATE_AUDIENCE',
    help: 'the audience that it expects (default: its URL and /v1/token)',
  },
  'delegate-audience': {
    value: 'AUDIENCE',
    variable: 'TOKEN_VENDING_DELEGATE_AUDIENCE',
    help: 'the same of delegate',
  },
  'metadata-host': {
    value: 'HOST',
    variable: 'TOKEN_VENDING_METADATA_HOST',
    help: 'on a VM: its own metadata server (default: 169.254.169.254)',
  },
  concealed: {
    value: '',
    help: "in a container: it is a failure that the VM's own metadata server is in reach (default: where no variable names another)",
  },
} as const satisfies Options;

/** Throws a `Failure`. */
export function patientOf(
  invocation: Invocation,
  { surroundings, now, progress }: Pick<Context, 'surroundings' | 'now' | 'progress'>,
): Patient & { readonly place: 'vm' | 'container' } {
  const named = surroundings.environment['GCE_METADATA_HOST'] || undefined;
  const [usual = ''] = surroundings.metadataHosts;
  const place = valueOf(invocation, 'in') ?? (named === undefined ? 'vm' : 'container');
  if (place !== 'vm' && place !== 'container') throw badUsage('--in has to be vm or container');
  const settings = asRefresher(invocation);
  return {
    place,
    ...settings,
    metadataHost: place === 'vm' ? (valueOf(invocation, 'metadata-host') ?? usual) : (named ?? usual),
    isConcealed: isGiven(invocation, 'concealed') || named === undefined,
    surroundings,
    nowMs: () => now().getTime(),
    progress,
  };
}

function asRefresher({ values }: Invocation): Pick<Patient, 'targets' | 'functions'> {
  const given = (flag: string): readonly Given[] =>
    (values[flag] ?? []).map((value) => ({ value, source: `--${flag}` }));
  const settings: Values = {
    target: given('target'),
    impersonateUrl: given('impersonate-url'),
    delegateUrl: given('delegate-url'),
    impersonateAudience: given('impersonate-audience'),
    delegateAudience: given('delegate-audience'),
  };
  try {
    const targets = values['target'] === undefined ? [] : parseTargets(settings);
    return { targets, functions: parseFunctions(settings, targets) };
  } catch (cause) {
    if (!(cause instanceof RefresherFailure)) throw cause;
    throw new Failure(EXIT_CODES.badConfiguration, cause.message, { cause });
  }
}
