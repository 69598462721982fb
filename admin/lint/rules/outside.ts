/**
 * Callers and users of somebody else's, where the file says what is ours.
 */

import type { Organization } from '../../files/organization.ts';
import { ofEachGrant, type LintedDocument, type Rule } from '../rule.ts';

export const callerOutside: Rule = {
  code: 'caller-outside',
  severity: 'error',
  *check({ documents, organization }) {
    for (const document of documents) {
      const stranger = strangerOf(document, organization);
      if (stranger !== undefined)
        yield { id: document.id, keys: [], reason: `${stranger} is not among the organization's` };
    }
  },
};

export const userOutside: Rule = {
  code: 'user-outside',
  severity: 'error',
  check: ofEachGrant(function* check({ kind, target: { email } }, _, { organization: { domains } }) {
    const domain = email.slice(email.lastIndexOf('@') + 1);
    if (kind !== 'user' || domains === undefined || domains.includes(domain)) return;
    yield { keys: [], reason: `the domain ${domain} is not among the organization's` };
  }),
};

/** In words: the project that is not ours. */
function strangerOf(
  { id, kind }: LintedDocument,
  { projects, projectNumbers }: Organization,
): string | undefined {
  if (kind === 'instance') return numberOutside(id.split(':')[1], projectNumbers);
  const email = id.slice('serviceAccount:'.length);
  const project = /@([^.]+)\.iam\.gserviceaccount\.com$/.exec(email)?.[1];
  if (project !== undefined) {
    return projects === undefined || projects.includes(project) ? undefined : `project ${project}`;
  }
  // the accounts that Compute Engine and App Engine make
  const appEngine = /^([^@]+)@appspot\.gserviceaccount\.com$/.exec(email)?.[1];
  if (appEngine !== undefined) {
    return projects === undefined || projects.includes(appEngine) ? undefined : `project ${appEngine}`;
  }
  return numberOutside(/^(\d+)-compute@developer\./.exec(email)?.[1], projectNumbers);
}

function numberOutside(number: string | undefined, ours: readonly number[] | undefined): string | undefined {
  if (number === undefined || ours === undefined || ours.includes(Number(number))) return undefined;
  return `project number ${number}`;
}
