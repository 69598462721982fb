/** Where the grants are. */

import { block, ofType, text, type Plan } from '../plan.ts';
import type { Rule } from './rule.ts';

const database = (plan: Plan) => ofType(plan, 'google_firestore_database');

const field = (plan: Plan, name: string) =>
  ofType(plan, 'google_firestore_field').find(
    ({ values }) => values['collection'] === 'principals' && values['field'] === name,
  )?.values;

/** A block that is there, and empty. */
const isEmptyBlock = (value: unknown) =>
  Array.isArray(value) &&
  value.length === 1 &&
  Object.values((value[0] ?? {}) as object).every(
    (inner) => inner === null || (inner as unknown[]).length === 0,
  );

export const STORE_RULES: readonly Rule[] = [
  {
    sentence:
      'the grants have one database, which is not the default one, and which can be taken back in time',
    violations: (plan) =>
      database(plan).length === 1
        ? database(plan)
            .filter(
              ({ values }) =>
                values['name'] === '(default)' ||
                values['type'] !== 'FIRESTORE_NATIVE' ||
                values['point_in_time_recovery_enablement'] !== 'POINT_IN_TIME_RECOVERY_ENABLED',
            )
            .map(({ address }) => address)
        : ['not one database'],
  },
  {
    sentence: 'the database is protected from deletion, unless that was given up',
    violations: (plan, { isProtected }) =>
      database(plan)
        .filter(
          ({ values }) =>
            values['delete_protection_state'] !==
            (isProtected ? 'DELETE_PROTECTION_ENABLED' : 'DELETE_PROTECTION_DISABLED'),
        )
        .map(({ address }) => address),
  },
  {
    sentence: 'the database is backed up each day, for a week or longer',
    violations: (plan) => {
      const schedules = ofType(plan, 'google_firestore_backup_schedule').filter(
        ({ values }) =>
          ((values['daily_recurrence'] ?? []) as unknown[]).length === 1 &&
          Number.parseInt(text(values['retention']), 10) >= 7 * 86_400,
      );
      return schedules.length === 1 ? [] : ['no daily backup'];
    },
  },
  {
    sentence: 'principals end by themselves at expiresAt, and grants are not indexed',
    violations: (plan) => {
      const expiry = field(plan, 'expiresAt');
      const grants = field(plan, 'grants');
      return [
        ...(isEmptyBlock(expiry?.['ttl_config']) && isEmptyBlock(expiry?.['index_config'])
          ? []
          : ['expiresAt']),
        ...(isEmptyBlock(grants?.['index_config']) ? [] : ['grants']),
      ];
    },
  },
  {
    sentence: 'phones and browsers are refused by the rules of that very database',
    violations: (plan) => {
      const names = database(plan).map(({ values }) => `cloud.firestore/${text(values['name'])}`);
      const released = ofType(plan, 'google_firebaserules_release').map(({ values }) => text(values['name']));
      const rules = ofType(plan, 'google_firebaserules_ruleset').map(({ values }) =>
        text(block(block(values, 'source'), 'files')['content']),
      );
      const open = rules.filter(
        (one) => (one.match(/\ballow\b[^;]*/g) ?? []).join() !== 'allow read, write: if false',
      );
      return [...names.filter((name) => !released.includes(name)), ...open];
    },
  },
];
