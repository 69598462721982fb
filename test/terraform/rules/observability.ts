/** What is seen, kept and asked. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { block, ofType, text, type Plan, type Values } from '../plan.ts';
import { ROOT } from '../workplace.ts';
import { functionsOf } from './functions.ts';
import type { Rule } from './rule.ts';

export const alertsOf = (plan: Plan) => ofType(plan, 'google_monitoring_alert_policy');

/** The page that an alert carries, as a path in the repository. */
export function playbookOf(values: Values): string {
  return (
    /\/blob\/main\/(docs\/playbooks\/[a-z-]+\.md)$/.exec(
      text(block(values, 'documentation')['content']),
    )?.[1] ?? ''
  );
}

const filtersOf = (plan: Plan, type: string) =>
  ofType(plan, type).map(({ values }) => text(values['filter']));

/** Accounts that only a function may use: targets, what probers become, signers. */
const guardedBy = (plan: Plan) => [
  ...ofType(plan, 'google_service_account_iam_member').map(({ values }) => ({
    email: text(values['service_account_id']).replace(/.*\//, ''),
    by: text(values['member']).replace('serviceAccount:', ''),
  })),
  ...ofType(plan, 'google_service_account_iam_policy').map(({ values }) => ({
    email: text(values['service_account_id']).replace(/.*\//, ''),
    by: /serviceAccount:([^"]+)/.exec(text(values['policy_data']))?.[1] ?? '',
  })),
];

const MINTS = [
  'GenerateAccessToken',
  'GenerateIdToken',
  'SignJwt',
  'SignBlob',
  'CreateServiceAccountKey',
  'UploadServiceAccountKey',
  '"iam.googleapis.com"',
];
/** A request may name an account by its number. */
const MINTED_OF = ['resource\\.labels\\.email_id=', 'protoPayload\\.request\\.name:'];

const WANTED_ALERTS = [
  'database-changed',
  'faults',
  'foreign-mint',
  'function-changed',
  'key-made',
  'latency',
  'permissions-changed',
  'probe-broken',
  'probe-silent',
  'probe-too-open',
  'refusals',
];

export const OBSERVABILITY_RULES: readonly Rule[] = [
  {
    sentence: 'each alert carries a playbook that exists',
    violations: (plan) =>
      alertsOf(plan)
        .filter(({ values }) => playbookOf(values) === '' || !existsSync(join(ROOT, playbookOf(values))))
        .map(({ address, values }) => `${address}: ${text(block(values, 'documentation')['content'])}`),
  },
  {
    sentence: 'there is an alert for each thing that can go wrong, and it is on',
    violations: (plan) => {
      const there = alertsOf(plan)
        .filter(({ values }) => values['enabled'] !== false)
        .map(({ values }) => playbookOf(values).replace(/.*\/|\.md$/g, ''));
      return WANTED_ALERTS.filter((name) => !there.includes(name));
    },
  },
  {
    sentence: 'a prober asks in each region of the functions',
    violations: (plan) => {
      const probed = ofType(plan, 'google_compute_region_instance_group_manager')
        .filter(({ values }) => values['target_size'] === 1 && text(values['name']).endsWith('-probe'))
        .map(({ values }) => text(values['region']));
      return functionsOf(plan)
        .filter(({ region }) => !probed.includes(region))
        .map(({ region }) => region);
    },
  },
  {
    sentence: 'whoever makes a token of a target past its function is seen, and nobody else is',
    violations: (plan) => {
      const filters = filtersOf(plan, 'google_logging_metric').filter((one) =>
        one.includes('iamcredentials'),
      );
      return guardedBy(plan)
        .filter(
          ({ email, by }) =>
            !filters.some(
              (one) =>
                MINTS.every((name) => one.includes(name)) &&
                MINTED_OF.every((field) => new RegExp(`${field}\\([^)]*"${email}"`).test(one)) &&
                one.endsWith(`AND NOT protoPayload.authenticationInfo.principalEmail="${by}"`),
            ),
        )
        .map(({ email }) => email);
    },
  },
  {
    sentence: 'Google writes down all that is done to targets and grants',
    violations: (plan) => {
      const configs = ofType(plan, 'google_project_iam_audit_config');
      const services = new Set(configs.map(({ values }) => text(values['service'])));
      const missing = ['iam', 'iamcredentials', 'sts', 'firestore', 'datastore']
        .map((name) => `${name}.googleapis.com`)
        .filter((service) => !services.has(service));
      const partial = configs.filter(({ values }) => {
        const logs = values['audit_log_config'] as { log_type: string }[];
        const types = logs.map(({ log_type: type }) => type).toSorted();
        return types.join() !== 'ADMIN_READ,DATA_READ,DATA_WRITE';
      });
      return [...missing, ...partial.map(({ address }) => address)];
    },
  },
  {
    sentence: 'nobody but the functions is left out of what is written down',
    violations: (plan) =>
      ofType(plan, 'google_project_iam_audit_config').flatMap(({ address, values }) =>
        (values['audit_log_config'] as { log_type: string; exempted_members?: string[] }[])
          .flatMap((one) => (one.exempted_members ?? []).map((member) => ({ member, type: one.log_type })))
          .filter(
            ({ member, type }) =>
              type !== 'DATA_READ' || !/^serviceAccount:[a-z]+-(?:impersonate|delegate)@/.test(member),
          )
          .map(({ member }) => `${address}: ${member}`),
      ),
  },
  {
    sentence: 'decisions and what was done are kept for a month or longer, from each project that is audited',
    violations: (plan) => {
      const kept = ofType(plan, 'google_logging_project_bucket_config').map(({ values }) =>
        Number(values['retention_days']),
      );
      const projects = ofType(plan, 'google_project_iam_audit_config').map(({ values }) =>
        text(values['project']),
      );
      const sinks = ofType(plan, 'google_logging_project_sink').filter(({ values }) =>
        ['token_decision', 'token_check', 'cloudaudit.googleapis.com'].every((word) =>
          text(values['filter']).includes(word),
        ),
      );
      const from = new Set(sinks.map(({ values }) => text(values['project'])));
      return [
        ...(kept.length === 1 && Number(kept[0]) >= 30 ? [] : [`kept for ${kept.join()} days`]),
        ...projects.filter((project) => !from.has(project)),
      ];
    },
  },
  {
    sentence: 'an objective says how many exchanges may fail',
    violations: (plan) =>
      ofType(plan, 'google_monitoring_slo').some(({ values }) => Number(values['goal']) > 0.9)
        ? []
        : ['no objective'],
  },
];
