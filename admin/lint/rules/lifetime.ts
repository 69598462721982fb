/**
 * Lifetimes over an hour, which IAM gives to the accounts alone that an organization policy names.
 * https://cloud.google.com/iam/docs/create-short-lived-credentials-direct#sa-credentials-oauth
 */

import { ofEachGrant, type Rule } from '../rule.ts';

const ORDINARY_LIFETIME_SECONDS = 3600;

/** The file says which accounts may, and this one is not among them: IAM would answer every exchange with 400. */
export const lifetimeNotExtended: Rule = {
  code: 'lifetime-not-extended',
  severity: 'error',
  check: ofEachGrant(function* check(grant, _, { organization: { extendedLifetimes } }) {
    if (!isLong(grant) || extendedLifetimes === undefined) return;
    if (extendedLifetimes.includes(grant.target.email)) return;
    yield {
      keys: ['lifetimeSeconds'],
      reason: `${grant.target.email} is not among organization.extendedLifetimes`,
    };
  }),
};

/** The file does not say. */
export const lifetimeUnknown: Rule = {
  code: 'lifetime-unknown',
  severity: 'warning',
  check: ofEachGrant(function* check(grant, _, { organization: { extendedLifetimes } }) {
    if (!isLong(grant) || extendedLifetimes !== undefined) return;
    const reason = `over ${ORDINARY_LIFETIME_SECONDS} s needs an organization policy that names ${grant.target.email}`;
    yield { keys: ['lifetimeSeconds'], reason };
  }),
};

function isLong(grant: Parameters<Parameters<typeof ofEachGrant>[0]>[0]): boolean {
  return grant.kind === 'serviceAccount' && grant.lifetimeSeconds > ORDINARY_LIFETIME_SECONDS;
}
