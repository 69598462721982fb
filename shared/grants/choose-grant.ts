/**
 * Which stored grant a request is about: the one for the target that was named, or for the caller's only target.
 *
 * An instance's grant shadows the fleet's for the same target, whatever its state: there is no fallback to a wider one.
 */

import { claimedKind, type MemberKind, type Target } from '../member.ts';
import { Refusal } from '../refusal.ts';
import { decodeGrant, type Grant } from './grant.ts';
import type { PrincipalDocument } from './principal-document.ts';

/** A grant for a target of that kind. */
export type GrantOf<Kind extends MemberKind> = Extract<Grant, { readonly kind: Kind }>;

/** @param documents the instance's before the fleet's */
export function chooseGrant<Kind extends MemberKind>(
  documents: readonly PrincipalDocument[],
  target: Target | undefined,
  kind: Kind,
): GrantOf<Kind> {
  if (target !== undefined && target.kind !== kind) throw new Refusal('target_kind_mismatch', target.member);
  if (documents.length === 0) throw new Refusal('principal_unknown');
  const member = target?.member ?? onlyTarget(documents, kind);
  const document = documents.find(({ grants }) => Object.hasOwn(grants, member));
  if (document === undefined) throw new Refusal('no_grant', member);
  // the kind of a decoded grant is that of its key, which was just compared
  return decodeGrant(document.path, member, document.grants[member]) as GrantOf<Kind>;
}

/** Counted over both documents, expired and malformed grants included: a target must not change with their state. */
function onlyTarget(documents: readonly PrincipalDocument[], kind: MemberKind): string {
  const members = new Set(documents.flatMap(({ grants }) => Object.keys(grants)));
  const ofKind = [...members].filter((member) => claimedKind(member) === kind);
  const [only] = ofKind;
  if (only === undefined) throw new Refusal('no_grant', `no target of kind ${kind}`);
  if (ofKind.length > 1) throw new Refusal('target_ambiguous', `${ofKind.length} targets of kind ${kind}`);
  return only;
}
