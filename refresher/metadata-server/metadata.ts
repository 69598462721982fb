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

const UNIVERSE_DOMAIN = text('googleapis.com');

export function metadataTree({ accounts, project, passedOn, counters }: Options): Directory {
  const instance = directory({
    ...passedOn,
    'service-accounts': serviceAccounts(accounts, counters),
  });
  const projectDirectory = directory({
    // project-wide attributes are ssh-keys and the like
    attributes: directory({}, { keepsNames: true }),
    // gcloud takes anything but digits for "not on Compute Engine"
    'numeric-project-id': leaf(() => fact(project.numericProjectId, number)),
    'project-id': leaf(() => fact(project.projectId, text)),
  });
  const universe = directory({
    'universe-domain': leaf(() => UNIVERSE_DOMAIN),
    // x/oauth2 and google-auth 2.2x
    universe_domain: leaf(() => UNIVERSE_DOMAIN, { isAlias: true }),
  });
  const v1 = directory({ instance, project: projectDirectory, universe });
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
