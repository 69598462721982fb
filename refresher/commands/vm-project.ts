/**
 * The project of the VM, for clients that are told no other.
 */

import type { ProjectFacts } from '../metadata-server/metadata.ts';
import type { MetadataClient } from '../vending/metadata-client.ts';

/** `undefined`: the VM's metadata server does not say, or cannot be reached. */
export function vmProjectId(metadata: MetadataClient, signal: AbortSignal): Promise<string | undefined> {
  return fact(metadata, 'project/project-id', /^[a-z\d.:-]{1,100}$/, signal);
}

/** What clients are told: the id may be another project's, the number is always the VM's. Each is asked for once. */
export function projectFacts(
  project: string | undefined,
  metadata: MetadataClient,
  signal: AbortSignal,
): ProjectFacts {
  return {
    projectId: project === undefined ? once(() => vmProjectId(metadata, signal)) : async () => project,
    // gcloud takes a machine for a VM by these digits
    numericProjectId: once(() => fact(metadata, 'project/numeric-project-id', /^\d{1,20}$/, signal)),
  };
}

/** The same for several, who are told different projects; what the VM says is asked for once for all of them. */
export function vmProjectFacts(
  metadata: MetadataClient,
  signal: AbortSignal,
): { readonly withProject: (project: string | undefined) => ProjectFacts } {
  const vm = projectFacts(undefined, metadata, signal);
  return {
    withProject: (project) => (project === undefined ? vm : { ...vm, projectId: async () => project }),
  };
}

async function fact(
  metadata: MetadataClient,
  path: string,
  shape: RegExp,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { status, body } = await metadata.text(path, signal);
    return status === 200 && shape.test(body.trim()) ? body.trim() : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers what was found, for good, and asks again for what was not. */
function once(find: () => Promise<string | undefined>): () => Promise<string | undefined> {
  let found: Promise<string | undefined> | undefined;
  return async () => {
    found ??= find();
    const value = await found;
    if (value === undefined) found = undefined;
    return value;
  };
}
