/**
 * The tree of metadata: every path there is. What is not in it (`ssh-keys`, disks, network interfaces,
 * `platform-security/auto-mtls-configuration`) is 404, which every client takes for "this VM has none".
 *
 * https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys
 */

import type { Account } from '../tokens/account.ts';
import type { PassedOn } from './pass-through.ts';
import { serviceAccounts, type Counters } from './service-accounts.ts';
import { directory, leaf, type Directory, type Reading } from './tree.ts';
import { number, text, type Value } from './values.ts';

export interface ProjectFacts {
  readonly projectId: () => Promise<string | undefined>;
  readonly numericProjectId: () => Promise<string | undefined>;
}

interface Options {
  readonly accounts: readonly Account[];
  readonly project: ProjectFacts;
  readonly passedOn: PassedOn;
  readonly counters: Counters;
}

const universeDomain = () => text('googleapis.com');
const UNIVERSE = directory({
  'universe-domain': leaf(universeDomain),
  // x/oauth2 and google-auth 2.2x
  universe_domain: leaf(universeDomain, { isAlias: true }),
});
// project-wide attributes are ssh-keys and the like
const NO_ATTRIBUTES = directory({}, { keepsNames: true });

export function metadataTree({ accounts, project, passedOn, counters }: Options): Directory {
  const instance = directory({
    ...passedOn,
    'service-accounts': serviceAccounts(accounts, counters),
  });
  const projectDirectory = directory({
    attributes: NO_ATTRIBUTES,
    // gcloud takes anything but digits for "not on Compute Engine"
    'numeric-project-id': leaf(() => fact(project.numericProjectId, number)),
    'project-id': leaf(() => fact(project.projectId, text)),
  });
  const v1 = directory({ instance, project: projectDirectory, universe: UNIVERSE });
  return directory({ computeMetadata: directory({ v1 }) });
}

async function fact(
  tell: () => Promise<string | undefined>,
  valueOf: (told: string) => Value | undefined,
): Promise<Reading> {
  try {
    const told = (await tell())?.trim() ?? '';
    return (told === '' ? undefined : valueOf(told)) ?? 'absent';
  } catch {
    return 'unavailable';
  }
}
