/**
 * The three documents of an exchange, as the functions find them.
 */

import { KILL_SWITCH_PATH, PRINCIPALS, type GrantDocuments } from '../../shared/grants/grant-store.ts';
import type { StoredDocument } from '../../shared/grants/stored-document.ts';
import { principalDocumentIds, type Principal } from '../../shared/identity/principal.ts';
import { isRecord } from '../../shared/unknown.ts';
import type { GrantsDatabase } from '../database/grants-database.ts';
import { documentOfText } from '../documents/document-text.ts';
import { supposedPrincipal } from '../documents/supposed-principal.ts';
import type { Explained } from './print-explained.ts';
import type { Caller } from './supposed-caller.ts';

/** A caller without a numeric id has the one that its fleet is pinned to. */
export async function findDocuments(
  { supposed }: Caller,
  database: GrantsDatabase,
): Promise<{ readonly principal: Principal; readonly documents: GrantDocuments }> {
  const ids = principalDocumentIds(supposedPrincipal(supposed));
  const [instance, serviceAccount, killSwitch] = await Promise.all([
    database.principal(ids.instance),
    database.principal(ids.serviceAccount),
    database.killSwitch(),
  ]);
  const documents = {
    instance: stored(`${PRINCIPALS}/${ids.instance}`, instance),
    serviceAccount: stored(`${PRINCIPALS}/${ids.serviceAccount}`, serviceAccount),
    killSwitch: stored(KILL_SWITCH_PATH, killSwitch),
  };
  const pinned = [documents.serviceAccount, documents.instance].flatMap((one) =>
    isRecord(one?.data) && typeof one.data['uniqueId'] === 'string' ? [one.data['uniqueId']] : [],
  );
  const uniqueId = supposed.uniqueId === '' ? (pinned[0] ?? '0') : supposed.uniqueId;
  return { principal: supposedPrincipal({ ...supposed, uniqueId }), documents };
}

function stored(path: string, found: { readonly text: string } | undefined): StoredDocument | undefined {
  return found && { path, data: documentOfText(found.text) };
}

export function documentsRead(principal: Principal, documents: GrantDocuments): Explained['documents'] {
  const ids = principalDocumentIds(principal);
  return [
    { path: `${PRINCIPALS}/${ids.instance}`, isStored: documents.instance !== undefined },
    { path: `${PRINCIPALS}/${ids.serviceAccount}`, isStored: documents.serviceAccount !== undefined },
    { path: KILL_SWITCH_PATH, isStored: documents.killSwitch !== undefined },
  ];
}
