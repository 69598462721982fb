/**
 * An instance's document without the numeric id of its account: a VM that is stopped can be given another account.
 */

import type { Rule } from '../rule.ts';

export const pinMissing: Rule = {
  code: 'pin-missing',
  severity: 'warning',
  *check({ documents }) {
    for (const { id, envelope } of documents) {
      if (envelope.uniqueId !== undefined) continue;
      yield {
        id,
        keys: [],
        reason: 'no uniqueId: whichever service account the VM is given gets these grants',
      };
    }
  },
};
