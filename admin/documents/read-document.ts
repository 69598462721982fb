/**
 * One principal as a file has it → the document as it is to be stored, by the functions' own strict decoders. Pure.
 */

import { decodeGrant } from '../../shared/grants/grant.ts';
import { withInstants } from '../../shared/grants/grants-file.ts';
import { PRINCIPALS } from '../../shared/grants/grant-store.ts';
import {
  decodePrincipalDocument,
  type PrincipalDocumentKind,
} from '../../shared/grants/principal-document.ts';
import { MalformedDocument } from '../../shared/grants/stored-document.ts';
import { isPrincipalDocumentId } from '../../shared/identity/principal.ts';
import { claimedKind } from '../../shared/member.ts';
import { isRecord } from '../../shared/unknown.ts';
import { FIELDS } from '../files/grants-schema.ts';
import { didYouMean } from '../output/nearest-name.ts';
import { textOfDocument, type DocumentText } from './document-text.ts';
import { expandScopeSets, type ScopeSets } from './scope-sets.ts';

export interface DocumentComplaint {
  /** Below the principal. */
  readonly keys: readonly (string | number)[];
  readonly message: string;
}

export type ReadDocument =
  | { readonly id: string; readonly text: DocumentText }
  | { readonly id: string; readonly complaints: readonly DocumentComplaint[] };

export function readDocument(id: string, value: unknown, scopeSets: ScopeSets): ReadDocument {
  if (!isPrincipalDocumentId(id)) {
    const message = `${JSON.stringify(id)} is no principal: it has to be serviceAccount:EMAIL, in lower case, or instance:PROJECT_NUMBER:INSTANCE_ID`;
    return { id, complaints: [{ keys: [], message }] };
  }
  const misnamed = unknownFields(value);
  if (misnamed.length > 0) return { id, complaints: misnamed };
  const expanded = expandScopeSets(value, scopeSets);
  if (expanded.complaints.length > 0) return { id, complaints: expanded.complaints };
  const document = withInstants(expanded.document);
  const complaints = malformations(id, document);
  return complaints.length > 0 ? { id, complaints } : { id, text: textOfDocument(document) };
}

export function documentKind(id: string): PrincipalDocumentKind {
  return id.startsWith('instance:') ? 'instance' : 'serviceAccount';
}

/** Before the decoders, which do not say what was meant. */
function unknownFields(value: unknown): readonly DocumentComplaint[] {
  if (!isRecord(value)) return [];
  const grants = isRecord(value['grants']) ? Object.entries(value['grants']) : [];
  return [
    ...strangers(value, FIELDS.principal, []),
    ...grants.flatMap(([member, grant]) => {
      const kind = claimedKind(member);
      return kind !== undefined && isRecord(grant) ? strangers(grant, FIELDS[kind], ['grants', member]) : [];
    }),
  ];
}

function strangers(
  record: Readonly<Record<string, unknown>>,
  fields: readonly string[],
  keys: readonly string[],
): readonly DocumentComplaint[] {
  const unknown = Object.keys(record).filter((field) => !fields.includes(field));
  return unknown.map((field) => ({
    keys: [...keys, field],
    message: `unknown field ${JSON.stringify(field)}${didYouMean(field, fields) || `: it may be one of ${fields.join(', ')}`}`,
  }));
}

const PRINT_UNIQUE_ID =
  "gcloud iam service-accounts describe EMAIL --format='value(uniqueId)' prints the id of an account";

/** The first of the envelope, or the first of each grant. */
function malformations(id: string, data: unknown): readonly DocumentComplaint[] {
  const path = `${PRINCIPALS}/${id}`;
  const whole: DocumentComplaint[] = [];
  const document = attempt(() => decodePrincipalDocument(documentKind(id), { path, data }), [], whole);
  if (document === undefined) return whole;
  return Object.entries(document.grants).flatMap(([member, stored]) => {
    const complaints: DocumentComplaint[] = [];
    attempt(() => decodeGrant(path, member, stored), ['grants', member], complaints);
    return complaints;
  });
}

function attempt<T>(
  decode: () => T,
  prefix: readonly string[],
  complaints: DocumentComplaint[],
): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof MalformedDocument)) throw error;
    const { keys, problem } = error.where;
    const all = [...prefix, ...keys];
    const remedy = all[0] === 'uniqueId' ? `; ${PRINT_UNIQUE_ID}` : '';
    complaints.push({ keys: all, message: `${label(all)} ${problem}${remedy}` });
    return undefined;
  }
}

/** `scopes`, and `delegates[0]` of what stands in a list. */
function label(keys: readonly string[]): string {
  const [field, last] = keys.slice(-2);
  if (last === undefined) return field ?? 'the document';
  return /^\d+$/.test(last) ? `${field}[${last}]` : last;
}
