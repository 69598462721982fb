/**
 * A scope that another one of the grant covers, or that stands twice: it restricts nothing, and looks as if it did.
 */

import { COVERED_BY_CLOUD_PLATFORM } from '../../../shared/grants/effective-scopes.ts';
import { CLOUD_PLATFORM_SCOPE } from '../../../shared/protocol.ts';
import { ofEachGrant, type Rule } from '../rule.ts';

export const scopeRedundant: Rule = {
  code: 'scope-redundant',
  severity: 'warning',
  check: ofEachGrant(function* check({ kind, scopes }) {
    const coversMore = kind === 'serviceAccount' && scopes.includes(CLOUD_PLATFORM_SCOPE);
    for (const [index, scope] of scopes.entries()) {
      const keys = ['scopes', index];
      if (scopes.indexOf(scope) < index) yield { keys, reason: `${scope} stands twice` };
      else if (coversMore && COVERED_BY_CLOUD_PLATFORM.has(scope)) {
        yield { keys, reason: `cloud-platform beside it covers ${scope}` };
      }
    }
  }),
};
