/**
 * A scope with which a user's whole mailbox, Drive, calendar, cloud or directory can be read and changed.
 */

import { ofEachGrant, type Rule } from '../rule.ts';

const AUTH = 'https://www.googleapis.com/auth/';

/** https://developers.google.com/identity/protocols/oauth2/scopes: those without `readonly`, of everything at once. */
const BROAD: ReadonlySet<string> = new Set([
  'https://mail.google.com/',
  ...[
    'calendar',
    'chat.messages',
    'cloud-platform',
    'contacts',
    'drive',
    'ediscovery',
    'gmail.compose',
    'gmail.modify',
    'gmail.settings.sharing',
    'spreadsheets',
  ].map((name) => AUTH + name),
]);

export const broadUserScope: Rule = {
  code: 'broad-user-scope',
  severity: 'warning',
  check: ofEachGrant(function* check({ kind, scopes }) {
    if (kind !== 'user') return;
    for (const [index, scope] of scopes.entries()) {
      if (!BROAD.has(scope) && !isDirectoryWrite(scope)) continue;
      yield { keys: ['scopes', index], reason: `${scope} allows changes to all that the user has of it` };
    }
  }),
};

function isDirectoryWrite(scope: string): boolean {
  return scope.startsWith(`${AUTH}admin.`) && !scope.endsWith('.readonly');
}
