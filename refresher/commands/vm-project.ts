/**
 * The project of the VM, for clients that are told no other.
 */

import type { MetadataClient } from '../vending/metadata-client.ts';

/** `undefined`: the VM's metadata server does not say, or cannot be reached. */
export function vmProjectId(metadata: MetadataClient, signal: AbortSignal): Promise<string | undefined> {
  return fact(metadata, 'project/project-id', /^[a-z\d.:-]{1,100}$/, signal);
}

/** Digits, which gcloud insists on. */
export function vmProjectNumber(metadata: MetadataClient, signal: AbortSignal): Promise<string | undefined> {
  return fact(metadata, 'project/numeric-project-id', /^\d{1,20}$/, signal);
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
    signal.throwIfAborted();
    return undefined;
  }
}
