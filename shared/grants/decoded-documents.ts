/**
 * The documents of one read, each decoded when a decision first needs it, and once however many decisions stand on it.
 *
 * What is malformed is a fault for every decision that comes to it, and for none that ends before.
 */

import type { GrantDocuments } from './grant-store.ts';
import { decodeKillSwitch, type KillSwitch } from './kill-switch.ts';
import {
  decodePrincipalDocument,
  type PrincipalDocument,
  type PrincipalDocumentKind,
} from './principal-document.ts';

export interface DecodedDocuments {
  /** Throws a `Fault`, as often as it is asked. */
  readonly killSwitch: () => KillSwitch;
  /** Those that are stored, the instance's before the fleet's. Throws a `Fault`, as often as it is asked. */
  readonly envelopes: () => readonly PrincipalDocument[];
}

export function decodeDocuments(documents: GrantDocuments): DecodedDocuments {
  return {
    killSwitch: once(() => decodeKillSwitch(documents.killSwitch)),
    envelopes: once(() => decodeEnvelopes(documents)),
  };
}

function decodeEnvelopes(documents: GrantDocuments): readonly PrincipalDocument[] {
  const kinds: readonly PrincipalDocumentKind[] = ['instance', 'serviceAccount'];
  return kinds.flatMap((kind) => {
    const stored = documents[kind];
    return stored === undefined ? [] : [decodePrincipalDocument(kind, stored)];
  });
}

/** Remembers what was thrown, too: a document that nobody can make sense of must not be read five hundred times. */
function once<T>(work: () => T): () => T {
  let outcome: { readonly value: T } | { readonly thrown: unknown } | undefined;
  return () => {
    outcome ??= attempt(work);
    if ('thrown' in outcome) throw outcome.thrown;
    return outcome.value;
  };
}

function attempt<T>(work: () => T): { readonly value: T } | { readonly thrown: unknown } {
  try {
    return { value: work() };
  } catch (thrown) {
    return { thrown };
  }
}
