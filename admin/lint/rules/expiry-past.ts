/**
 * What has expired grants nothing, and hides what is in force.
 */

import type { Rule } from '../rule.ts';

export const expiryPast: Rule = {
  code: 'expiry-past',
  severity: 'warning',
  *check({ documents, now }) {
    for (const { id, envelope, grants } of documents) {
      if (isPast(envelope.expiresAt, now))
        yield { id, keys: ['expiresAt'], reason: 'the principal has expired' };
      for (const { target, expiresAt } of grants) {
        if (!isPast(expiresAt, now)) continue;
        yield { id, keys: ['grants', target.member, 'expiresAt'], reason: 'the grant has expired' };
      }
    }
  },
};

function isPast(expiresAt: Date | undefined, now: Date): boolean {
  return expiresAt !== undefined && expiresAt.getTime() <= now.getTime();
}
