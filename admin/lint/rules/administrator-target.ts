/**
 * A user whose name says that it administers the domain: whoever becomes it can do more than any scope says.
 */

import { ofEachGrant, type Rule } from '../rule.ts';

/** Whole words of an address, so that `badminton` and `administration-office` are people and departments. */
const ADMINISTRATOR =
  /^(?:admin|administrator|superadmin|sysadmin|root|gsuite|workspace|postmaster|hostmaster|it|security)$/;

export const administratorTarget: Rule = {
  code: 'administrator-target',
  severity: 'warning',
  check: ofEachGrant(function* check({ kind, target: { email } }) {
    const [name = ''] = email.split('@');
    const word = kind === 'user' ? name.split(/[._+-]/).find((part) => ADMINISTRATOR.test(part)) : undefined;
    if (word !== undefined)
      yield { keys: [], reason: `"${word}" in the address: the user may be an administrator` };
  }),
};
