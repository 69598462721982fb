/** Who reaches what. */

import { bindingsOf, block, ofType, text } from '../plan.ts';
import type { Rule } from './rule.ts';

const PUBLIC = /^all(?:Authenticated)?Users$/;

export const EXPOSURE_RULES: readonly Rule[] = [
  {
    sentence: 'nothing is public, unless the functions alone were chosen to check',
    violations: (plan, { edge }) =>
      bindingsOf(plan)
        .filter(({ member }) => PUBLIC.test(member))
        .filter(({ member, role }) => edge === 'iam' || role !== 'roles/run.invoker' || member !== 'allUsers')
        .map(({ address, member }) => `${address}: ${member}`),
  },
  {
    sentence: 'the functions are reached from inside, unless the internet was chosen',
    violations: (plan, { ingress }) =>
      ofType(plan, 'google_cloudfunctions2_function')
        .map(({ address, values }) => ({ address, ...block(values, 'service_config') }))
        .map((one) => ({
          address: one.address,
          has: text((one as Record<string, unknown>)['ingress_settings']),
        }))
        .filter(({ has }) => has !== (ingress === 'all' ? 'ALLOW_ALL' : 'ALLOW_INTERNAL_ONLY'))
        .map(({ address, has }) => `${address}: ${has}`),
  },
  {
    sentence: 'the list of callers is whole: what is not on it is removed',
    violations: ({ resources }) =>
      resources
        .filter(({ type }) => /^google_(?:cloud_run|cloudfunctions).*_iam_member$/.test(type))
        .map(({ address }) => address),
  },
  {
    sentence: 'buckets are closed to the public, and have no permissions of single objects',
    violations: (plan) =>
      ofType(plan, 'google_storage_bucket')
        .filter(
          ({ values }) =>
            values['public_access_prevention'] !== 'enforced' ||
            values['uniform_bucket_level_access'] !== true,
        )
        .map(({ address }) => address),
  },
  {
    sentence: 'no VM has an address on the internet, and no firewall lets the internet in',
    violations: (plan) => [
      ...ofType(plan, 'google_compute_instance_template')
        .filter(({ values }) => {
          const { access_config: outside, ipv6_access_config: outside6 } = block(values, 'network_interface');
          return [outside, outside6].some((one) => Array.isArray(one) && one.length > 0);
        })
        .map(({ address }) => address),
      ...ofType(plan, 'google_compute_firewall')
        .filter(({ values }) =>
          ((values['source_ranges'] ?? []) as string[]).some((range) => range.endsWith('/0')),
        )
        .map(({ address }) => address),
    ],
  },
  {
    sentence: 'the load balancer is an internal one',
    violations: ({ resources }) =>
      resources
        .filter(({ values }) => values['load_balancing_scheme'] !== undefined)
        .filter(({ values }) => values['load_balancing_scheme'] !== 'INTERNAL_MANAGED')
        .map(({ address }) => address),
  },
];
