/**
 * Scope sets: lists of scopes with a name, so that twenty grants can say the same thing in one word. They exist in files
 * alone; a stored grant has the scopes themselves. Pure.
 */

import { isRecord } from '../../shared/unknown.ts';
import { didYouMean } from '../output/nearest-name.ts';
import type { DocumentComplaint } from './read-document.ts';

export type ScopeSets = Readonly<Record<string, readonly string[]>>;

interface Expanded {
  readonly document: unknown;
  readonly complaints: readonly DocumentComplaint[];
}

/** The document with the scopes of each grant's sets behind its own, none twice. */
export function expandScopeSets(document: unknown, scopeSets: ScopeSets): Expanded {
  if (!isRecord(document) || !isRecord(document['grants'])) return { document, complaints: [] };
  const complaints: DocumentComplaint[] = [];
  const grants = Object.entries(document['grants']).map(([member, grant]) => [
    member,
    isRecord(grant) && 'scopeSets' in grant ? expandGrant(member, grant, scopeSets, complaints) : grant,
  ]);
  return { document: { ...document, grants: Object.fromEntries(grants) as unknown }, complaints };
}

function expandGrant(
  member: string,
  { scopeSets: names, ...grant }: Readonly<Record<string, unknown>>,
  scopeSets: ScopeSets,
  complaints: DocumentComplaint[],
): unknown {
  const keys = ['grants', member, 'scopeSets'];
  if (!isListOfTexts(names) || names.length === 0) {
    complaints.push({ keys, message: 'scopeSets must be a list of names that stand under scopeSets' });
    return grant;
  }
  const own = grant['scopes'] ?? [];
  const named = names.flatMap((name, index) => {
    if (Object.hasOwn(scopeSets, name)) return scopeSets[name] ?? [];
    const message = `there is no scope set ${JSON.stringify(name)}${didYouMean(name, Object.keys(scopeSets))}`;
    complaints.push({ keys: [...keys, index], message });
    return [];
  });
  return { ...grant, scopes: Array.isArray(own) ? [...new Set([...(own as unknown[]), ...named])] : own };
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
