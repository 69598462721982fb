/**
 * The port to wherever grants are stored.
 */

import type { CallContext } from '../call-context.ts';
import type { StoredDocument } from './stored-document.ts';

export const PRINCIPALS = 'principals';
export const KILL_SWITCH_PATH = 'controls/kill-switch';

/** The three documents that decide an exchange, as they stood at one moment; absent ones are `undefined`. */
export interface GrantDocuments {
  readonly instance: StoredDocument | undefined;
  readonly serviceAccount: StoredDocument | undefined;
  readonly killSwitch: StoredDocument | undefined;
}

export interface GrantStore {
  /**
   * Reads the documents afresh: what was removed before the call is not returned by it. An outage is a `Fault`, never
   * an absent document, and the call ends when the context's signal aborts.
   *
   * @param ids ids under `principals/`, see `principalDocumentIds`
   */
  find(
    ids: { readonly instance: string; readonly serviceAccount: string },
    context: CallContext,
  ): Promise<GrantDocuments>;
}
