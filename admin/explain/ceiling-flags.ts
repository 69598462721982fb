/**
 * The limits that a deployment sets, by the variables that the functions have for them. Pure.
 */

import type { DelegationCeilings } from '../../shared/grants/ceilings.ts';
import type { GrantDocuments } from '../../shared/grants/grant-store.ts';
import { isRecord } from '../../shared/unknown.ts';
import { valueOf, type Invocation, type Options } from '../command-line/command.ts';
import { listOfTexts } from '../documents/list-of-texts.ts';
import { badUsage } from '../failure.ts';
import type { Wanted } from './decide.ts';

export const CEILING_OPTIONS = {
  'project-numbers': {
    value: 'LIST',
    variable: 'TOKEN_VENDING_PROJECT_NUMBERS',
    help: 'as the functions have it (default: every project)',
  },
  'delegation-signers': {
    value: 'LIST',
    variable: 'TOKEN_VENDING_DELEGATION_SIGNERS',
    help: 'as delegate has it',
  },
  'delegation-subjects': {
    value: 'LIST',
    variable: 'TOKEN_VENDING_DELEGATION_SUBJECTS',
    help: 'as delegate has it',
  },
  'delegation-scopes': {
    value: 'LIST',
    variable: 'TOKEN_VENDING_DELEGATION_SCOPES',
    help: 'as delegate has it',
  },
} as const satisfies Options;

export interface KnownCeilings {
  readonly ceilings: DelegationCeilings;
  readonly assumptions: readonly string[];
}

/** A ceiling that is not given is taken to allow what is stored, and that is said. */
export function ceilingsOf(
  invocation: Invocation,
  documents: GrantDocuments,
  { kind }: Wanted,
): KnownCeilings {
  const grants = [documents.instance, documents.serviceAccount].flatMap((one) =>
    isRecord(one?.data) && isRecord(one.data['grants']) ? Object.entries(one.data['grants']) : [],
  );
  const fields = grants.flatMap(([, grant]) => (isRecord(grant) ? [grant] : []));
  const list = (flag: keyof typeof CEILING_OPTIONS) => listOf(valueOf(invocation, flag));
  const stored = {
    signers: fields.flatMap(({ signer }) => listOfTexts([signer])),
    subjects: grants.map(([member]) => member.replace('user:', '')),
    scopes: fields.flatMap(({ scopes }) => listOfTexts(scopes)),
  };
  const ceilings = {
    signers: list('delegation-signers') ?? stored.signers,
    subjects: list('delegation-subjects') ?? stored.subjects,
    scopes: list('delegation-scopes') ?? stored.scopes,
  };
  const unknown = (['delegation-signers', 'delegation-subjects', 'delegation-scopes'] as const).filter(
    (flag) => list(flag) === undefined,
  );
  const isSaid = kind === 'user' && unknown.length > 0;
  return {
    ceilings,
    assumptions: isSaid
      ? [`ceilings of delegate that are not given allow it: ${unknown.map((flag) => `--${flag}`).join(' ')}`]
      : [],
  };
}

export function projectNumbersOf(invocation: Invocation): readonly number[] {
  const numbers = (listOf(valueOf(invocation, 'project-numbers')) ?? []).map(Number);
  if (numbers.every((number) => Number.isSafeInteger(number) && number > 0)) return numbers;
  throw badUsage('--project-numbers has to be project numbers (not ids), separated by commas');
}

function listOf(value: string | undefined): readonly string[] | undefined {
  return value?.split(',').map((entry) => entry.trim());
}
