/**
 * Every principal that has a document, with the documents that would speak about it: an instance's own and that of the
 * fleet which it is pinned to. Pure.
 */

import { decodeDocuments, type DecodedDocuments } from '../../shared/grants/decoded-documents.ts';
import { PRINCIPALS } from '../../shared/grants/grant-store.ts';
import type { StoredDocument } from '../../shared/grants/stored-document.ts';
import type { Principal } from '../../shared/identity/principal.ts';
import { isRecord } from '../../shared/unknown.ts';
import { documentOfText, type DocumentText } from '../documents/document-text.ts';
import { documentKind } from '../documents/read-document.ts';
import { supposedPrincipal } from '../documents/supposed-principal.ts';

export interface Caller {
  readonly id: string;
  /** `undefined`: an instance that is pinned to no fleet that is stored. */
  readonly serviceAccount: string | undefined;
  readonly principal: Principal;
  readonly documents: DecodedDocuments;
  /** The instance's before the fleet's. */
  readonly stored: readonly StoredDocument[];
}

export function callersOf(
  documents: ReadonlyMap<string, DocumentText>,
  killSwitch: StoredDocument | undefined,
  now: Date,
): readonly Caller[] {
  const stored = Array.from(documents, ([id, text]) => ({
    id,
    document: { path: `${PRINCIPALS}/${id}`, data: documentOfText(text) },
  }));
  const fleets = new Map(
    stored.flatMap(({ id, document }) => {
      const uniqueId = pinOf(document);
      return documentKind(id) === 'serviceAccount' && uniqueId !== undefined
        ? [[uniqueId, { id, document }] as const]
        : [];
    }),
  );
  return stored.map(({ id, document }) => {
    const uniqueId = pinOf(document);
    const isInstance = documentKind(id) === 'instance';
    const fleet = isInstance ? fleets.get(uniqueId ?? '') : { id, document };
    const instance = isInstance ? document : undefined;
    const serviceAccount = fleet?.id.slice('serviceAccount:'.length);
    return {
      id,
      serviceAccount,
      principal: principalOf(id, serviceAccount, uniqueId, now),
      documents: decodeDocuments({ instance, serviceAccount: fleet?.document, killSwitch }),
      stored: [instance, fleet?.document].flatMap((one) => (one === undefined ? [] : [one])),
    };
  });
}

function pinOf({ data }: StoredDocument): string | undefined {
  const uniqueId = isRecord(data) ? data['uniqueId'] : undefined;
  return typeof uniqueId === 'string' ? uniqueId : undefined;
}

/** What nobody has stored about it matters to conditions alone, and those are left open. */
function principalOf(
  id: string,
  serviceAccount: string | undefined,
  uniqueId: string | undefined,
  now: Date,
): Principal {
  const [, projectNumber, instanceId] = id.startsWith('instance:') ? id.split(':') : [];
  return supposedPrincipal({
    serviceAccount: serviceAccount ?? 'of-no-known-fleet',
    uniqueId: uniqueId ?? '0',
    instance: {
      id: instanceId ?? '0',
      name: 'vm',
      zone: 'us-central1-a',
      projectId: 'project',
      projectNumber: Number(projectNumber ?? 0),
      createdAt: now,
      confidential: false,
    },
  });
}
