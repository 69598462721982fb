/**
 * `principals/{id}`: the envelope of a stored document, decoded strictly. Its grants stay as they are stored; the one
 * that an exchange needs is decoded by `grant.ts`.
 */

import * as v from 'valibot';
import { isRecord } from '../unknown.ts';
import { expiresAt, numericId, strictMap } from './fields.ts';
import { faultOfIssues, type StoredDocument } from './stored-document.ts';

export interface PrincipalDocument {
  readonly path: string;
  /** The numeric id that the service account must have; `undefined` only where an instance's document leaves it out. */
  readonly uniqueId: string | undefined;
  readonly disabled: boolean;
  readonly expiresAt: Date | undefined;
  /** By target member, undecoded. Look-ups go by own property. */
  readonly grants: Readonly<Record<string, unknown>>;
}

export type PrincipalDocumentKind = 'instance' | 'serviceAccount';

const envelope = {
  disabled: v.optional(v.boolean('must be true or false'), false),
  expiresAt,
  grants: v.custom<Readonly<Record<string, unknown>>>(isRecord, 'must be a map from target to grant'),
};

/** An e-mail can be given to a new account after a deletion: a fleet's document has to pin the numeric id. */
const schemas = {
  instance: strictMap({ ...envelope, uniqueId: v.optional(numericId) }),
  serviceAccount: strictMap({ ...envelope, uniqueId: numericId }),
};

/** Throws a `Fault` that names document and field. */
export function decodePrincipalDocument(
  kind: PrincipalDocumentKind,
  document: StoredDocument,
): PrincipalDocument {
  const decoded = v.safeParse(schemas[kind], document.data);
  if (!decoded.success) throw faultOfIssues(document.path, decoded.issues);
  const { uniqueId, disabled, grants } = decoded.output;
  return { path: document.path, uniqueId, disabled, expiresAt: decoded.output.expiresAt, grants };
}
