/** The functions as they are started. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { block, ofType, text, type Plan, type Values } from '../plan.ts';
import { ARCHIVE } from '../workplace.ts';
import type { Rule } from './rule.ts';

export interface PlannedFunction {
  readonly address: string;
  readonly name: 'impersonate' | 'delegate';
  readonly region: string;
  readonly service: string;
  readonly build: Values;
  readonly config: Values;
  readonly environment: Readonly<Record<string, string>>;
}

export function functionsOf(plan: Plan): readonly PlannedFunction[] {
  return ofType(plan, 'google_cloudfunctions2_function').map(({ address, values }) => {
    const config = block(values, 'service_config');
    const build = block(values, 'build_config');
    return {
      address,
      name: text(build['entry_point']) as PlannedFunction['name'],
      region: text(values['location']),
      service: text(values['name']),
      build,
      config,
      environment: config['environment_variables'] as Record<string, string>,
    };
  });
}

const listOf = ({ environment }: PlannedFunction, variable: string) =>
  (environment[variable] ?? '').split(',');

const between = (value: unknown, least: number, most: number) => {
  const number = Number(value);
  return number >= least && number <= most;
};

const digestOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

export const FUNCTION_RULES: readonly Rule[] = [
  {
    sentence: 'what is deployed is the archive that was built, named by its content',
    violations: (plan) => {
      const digest = digestOf(ARCHIVE);
      const objects = ofType(plan, 'google_storage_bucket_object').map(({ values }) => text(values['name']));
      const deployed = objects.filter((name) => name.startsWith('functions'));
      const sources = functionsOf(plan).map(({ address, build }) => ({
        address,
        object: text(block(block(build, 'source'), 'storage_source')['object']),
      }));
      const wanted = `functions-${digest}.zip`;
      return [
        ...deployed.filter((name) => name !== wanted),
        ...sources
          .filter(({ object }) => object !== wanted)
          .map(({ address, object }) => `${address}: ${object}`),
      ];
    },
  },
  {
    sentence: 'the functions run on Node 24, in bounded number, size and time',
    violations: (plan) =>
      functionsOf(plan)
        .filter(
          ({ build, config }) =>
            build['runtime'] !== 'nodejs24' ||
            !between(config['max_instance_count'], 1, 100) ||
            !between(config['min_instance_count'], 0, 100) ||
            !between(config['timeout_seconds'], 1, 60) ||
            !between(config['max_instance_request_concurrency'], 2, 80) ||
            config['available_memory'] !== '512Mi' ||
            !Array.isArray(build['automatic_update_policy']) ||
            build['automatic_update_policy'].length !== 1,
        )
        .map(({ address }) => address),
  },
  {
    sentence:
      'the audiences of the two functions are disjoint, and none is an address that the platform accepts',
    violations: (plan) => {
      const functions = functionsOf(plan);
      const of = (name: string) =>
        functions.filter((one) => one.name === name).flatMap((one) => listOf(one, 'TOKEN_VENDING_AUDIENCE'));
      const both = of('impersonate').filter((audience) => of('delegate').includes(audience));
      // by custom the address and /v1/token, which no platform accepts
      const edges = [...of('impersonate'), ...of('delegate')].filter(
        (audience) => !/^https:\/\/[^/]+\/v1\/token$/.test(audience),
      );
      return [...both, ...edges];
    },
  },
  {
    sentence: 'callers of projects that were not named are refused',
    violations: (plan) =>
      functionsOf(plan)
        .filter(
          (one) => !listOf(one, 'TOKEN_VENDING_PROJECT_NUMBERS').every((number) => /^\d+$/.test(number)),
        )
        .map(({ address }) => address),
  },
  {
    sentence: 'delegate may sign as the signers that are made here, and as nobody else',
    violations: (plan) => {
      const made = ofType(plan, 'google_service_account')
        .map(({ values }) => text(values['account_id']))
        .filter((id) => id.includes('-sign-'));
      return functionsOf(plan)
        .filter(({ name }) => name === 'delegate')
        .filter((one) => {
          const allowed = listOf(one, 'TOKEN_VENDING_DELEGATION_SIGNERS').map(
            (email) => email.split('@')[0] ?? '',
          );
          return JSON.stringify(allowed.toSorted()) !== JSON.stringify(made.toSorted());
        })
        .map(({ address }) => address);
    },
  },
];
