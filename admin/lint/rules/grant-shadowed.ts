/**
 * A fleet's grant that a VM of the fleet does not get, because the VM's own document has one for the same target.
 */

import type { Rule } from '../rule.ts';

export const grantShadowed: Rule = {
  code: 'grant-shadowed',
  severity: 'warning',
  *check({ documents }) {
    const fleets = new Map(
      documents.flatMap((one) =>
        one.kind === 'serviceAccount' ? [[one.envelope.uniqueId, one] as const] : [],
      ),
    );
    for (const { id, kind, envelope, grants } of documents) {
      const fleet =
        kind === 'instance' && envelope.uniqueId !== undefined ? fleets.get(envelope.uniqueId) : undefined;
      for (const { target } of grants) {
        if (fleet === undefined || !Object.hasOwn(fleet.envelope.grants, target.member)) continue;
        const reason = `on this VM it counts instead of the grant of ${fleet.id}, whatever its state`;
        yield { id, keys: ['grants', target.member], reason };
      }
    }
  },
};
