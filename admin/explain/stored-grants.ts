/**
 * Grants as anybody may have stored them, looked into without deciding anything. Pure.
 */

import type { GrantDocuments } from '../../shared/grants/grant-store.ts';
import type { StoredDocument } from '../../shared/grants/stored-document.ts';
import { claimedKind } from '../../shared/member.ts';
import { isRecord } from '../../shared/unknown.ts';
import type { Wanted } from './decide.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface Chosen {
  readonly path: string;
  readonly grant: Fields;
}

/** The instance's before the fleet's, as the functions choose. */
export function chosenGrant(documents: GrantDocuments, { audience, kind }: Wanted): Chosen | undefined {
  const envelopes = envelopesOf(documents);
  const all = targetsOf(envelopes).filter((one) => claimedKind(one) === kind);
  const member = audience === undefined ? all[0] : audience.replace('//iam.googleapis.com/', '');
  for (const { path, data } of envelopes) {
    const grants = grantsOf(data);
    const grant = member !== undefined && Object.hasOwn(grants, member) ? grants[member] : undefined;
    if (isRecord(grant)) return { path, grant };
  }
  return undefined;
}

export function envelopesOf({ instance, serviceAccount }: GrantDocuments): readonly StoredDocument[] {
  return [instance, serviceAccount].flatMap((one) => (one === undefined ? [] : [one]));
}

export function targetsOf(envelopes: readonly StoredDocument[]): readonly string[] {
  return [...new Set(envelopes.flatMap(({ data }) => Object.keys(grantsOf(data))))];
}

function grantsOf(data: unknown): Fields {
  return isRecord(data) && isRecord(data['grants']) ? data['grants'] : {};
}
