/**
 * Grants files, parsed: every principal with the document that is to be stored for it, and what lint should know. Pure.
 *
 * All files of a call are one: scope sets of one serve the others, and a principal may stand in one of them alone.
 */

import { isRecord } from '../../shared/unknown.ts';
import type { DocumentText } from '../documents/document-text.ts';
import { readDocument, type ReadDocument } from '../documents/read-document.ts';
import type { ScopeSets } from '../documents/scope-sets.ts';
import { didYouMean } from '../output/nearest-name.ts';
import { FIELDS } from './grants-schema.ts';
import { collectScopeSets } from './collect-scope-sets.ts';
import { parseOrganization, type Organization } from './organization.ts';
import type { ReadPrincipalValue } from './principal-value.ts';
import { BadFiles, placeText, type Place, type Problem } from './problem.ts';
import { splitFile } from './split-file.ts';
import { placeOf, valueOfYaml, type Keys, type YamlText } from './yaml-text.ts';

export interface FileText {
  readonly file: string;
  readonly text: string;
}

/** A principal in a file. */
export interface Entry {
  readonly id: string;
  readonly text: DocumentText;
  readonly source: Source;
}

/** The YAML that an entry stands in, and under which keys. */
export interface Source {
  readonly yaml: YamlText;
  readonly above: Keys;
}

export interface GrantsFiles {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly organization: Organization;
}

/** Reads principals, each a YAML text of its own; apart, because a crowd of them is read beside something else. */
export type ReadPrincipals = (
  texts: readonly YamlText[],
  scopeSets: ScopeSets,
) => Promise<readonly (ReadDocument | { readonly problems: readonly Problem[] })[]>;

export function placeIn({ source: { yaml, above }, id }: Pick<Entry, 'source' | 'id'>, keys: Keys): Place {
  return placeOf(yaml, [...above, id, ...keys]);
}

/** One text, of one principal. */
export function readPrincipal(
  yaml: YamlText,
  scopeSets: ScopeSets,
  valueOf: ReadPrincipalValue,
): ReadDocument | { readonly problems: readonly Problem[] } {
  const parsed = valueOf(yaml);
  if ('problems' in parsed) return parsed;
  const [[id, value] = []] = isRecord(parsed.value) ? Object.entries(parsed.value) : [];
  if (id === undefined)
    return { problems: [{ place: placeOf(yaml, []), message: 'is no map of a principal' }] };
  return readDocument(id, value, scopeSets);
}

/** Throws `BadFiles` with every problem that was found. */
export async function parseGrantsFiles(
  files: readonly FileText[],
  readPrincipals: ReadPrincipals,
): Promise<GrantsFiles> {
  const problems: Problem[] = [];
  const tops = files.flatMap(({ file, text }) => parseTop(file, text, problems));
  const scopeSets = collectScopeSets(tops, problems);
  const organization = parseOrganization(tops, problems);
  const cut = tops.flatMap(({ principals }) => principals);
  const read = await readPrincipals(cut, scopeSets);
  const entries = new Map<string, Entry>();
  const add = (source: Source, found: ReadDocument | { readonly problems: readonly Problem[] }) => {
    if ('problems' in found) problems.push(...found.problems);
    else addEntry(entries, source, found, problems);
  };
  for (const [index, yaml] of cut.entries()) {
    const found = read[index];
    if (found !== undefined) add({ yaml, above: [] }, found);
  }
  for (const { yaml, whole } of tops) {
    for (const [id, value] of Object.entries(whole)) {
      add({ yaml, above: ['principals'] }, readDocument(id, value, scopeSets));
    }
  }
  if (problems.length > 0) throw new BadFiles(problems);
  return { entries, organization };
}

function addEntry(
  entries: Map<string, Entry>,
  source: Source,
  found: ReadDocument,
  problems: Problem[],
): void {
  const { id } = found;
  const other = entries.get(id);
  const place = (keys: Keys) => placeIn({ id, source }, keys);
  if (other !== undefined) {
    const message = `${id} stands twice: also at ${placeText(placeIn(other, []))}`;
    problems.push({ place: place([]), message });
  } else if ('complaints' in found) {
    for (const { keys, message } of found.complaints)
      problems.push({ place: place(keys), message, path: ['principals', id, ...keys] });
  } else entries.set(id, { id, text: found.text, source });
}

/** The top of a file: everything but the principals that were cut out. */
export interface Top {
  readonly yaml: YamlText;
  readonly value: Readonly<Record<string, unknown>>;
  readonly principals: readonly YamlText[];
  /** Principals of a file that could not be cut. */
  readonly whole: Readonly<Record<string, unknown>>;
}

function parseTop(file: string, text: string, problems: Problem[]): readonly Top[] {
  const split = splitFile(file, text);
  const yaml = split?.rest ?? { file, firstLine: 1, text };
  const parsed = valueOfYaml(yaml);
  if ('problems' in parsed) {
    problems.push(...parsed.problems);
    return [];
  }
  const value = parsed.value ?? {};
  const complain = (keys: Keys, message: string) =>
    void problems.push({ place: placeOf(yaml, keys), message });
  if (!isRecord(value)) {
    complain([], `has to hold a map with ${FIELDS.file.join(', ')}`);
    return [];
  }
  for (const field of Object.keys(value).filter((each) => !FIELDS.file.includes(each))) {
    complain(
      [field],
      `unknown field ${JSON.stringify(field)}${didYouMean(field, FIELDS.file) || `: it may be one of ${FIELDS.file.join(', ')}`}`,
    );
  }
  const whole = split === undefined ? (value['principals'] ?? {}) : {};
  if (!isRecord(whole)) {
    complain(['principals'], 'principals must be a map from principal to document');
    return [];
  }
  return [{ yaml, value, principals: split?.principals ?? [], whole }];
}
