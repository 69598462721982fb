/**
 * Beside a "no": what came nearest, what was compared, and which value would have passed. Pure, and from the documents
 * alone; the decision itself is that of the functions.
 */

import { loggableText } from '../../shared/loggable.ts';
import type { GrantDocuments } from '../../shared/grants/grant-store.ts';
import type { StoredDocument } from '../../shared/grants/stored-document.ts';
import { principalDocumentIds, type Principal } from '../../shared/identity/principal.ts';
import { claimedKind, parseMember } from '../../shared/member.ts';
import { isRecord } from '../../shared/unknown.ts';
import { listOfTexts } from '../documents/list-of-texts.ts';
import { nearestName } from '../output/nearest-name.ts';
import { conditionHints } from './condition-hints.ts';
import type { Decision, Setting, Wanted } from './decide.ts';
import { chosenGrant, envelopesOf, targetsOf } from './stored-grants.ts';

export interface Situation extends Setting {
  readonly principal: Principal;
  readonly wanted: Wanted;
  readonly documents: GrantDocuments;
}

export function hints({ reason, ...decision }: Decision, situation: Situation): readonly string[] {
  const { principal, wanted, documents } = situation;
  const envelopes = envelopesOf(documents);
  const detail = 'detail' in decision ? decision.detail : undefined;
  const chosen = chosenGrant(documents, wanted);
  switch (reason) {
    case 'principal_unknown': {
      const { serviceAccount, instance } = principalDocumentIds(principal);
      return [
        `neither principals/${serviceAccount} nor principals/${instance} is stored: add one of them to the grants file`,
      ];
    }
    case 'no_grant':
      return missing(envelopes, wanted);
    case 'target_ambiguous':
      return [
        `name one of ${targetsOf(envelopes)
          .filter((member) => claimedKind(member) === wanted.kind)
          .join(', ')}`,
      ];
    case 'target_kind_mismatch':
      return [
        `ask ${wanted.kind === 'user' ? 'impersonate' : 'delegate'} for it: that is the function of targets of its kind`,
      ];
    case 'principal_pin_mismatch':
      return envelopes.flatMap(({ path, data }) =>
        isRecord(data) && data['uniqueId'] !== principal.uniqueId && data['uniqueId'] !== undefined
          ? [
              `${path} is pinned to ${show(data['uniqueId'])}, and the caller's account is ${principal.uniqueId}: was the account made anew?`,
            ]
          : [],
      );
    case 'principal_expired':
    case 'grant_expired':
      return [
        ...envelopes.map(({ path, data }) => [path, data] as const),
        ...(chosen ? [[`${chosen.path}, the grant`, chosen.grant] as const] : []),
      ].flatMap(([what, fields]) => expiry(what, fields, situation.now));
    case 'principal_disabled':
      return [`take disabled out of ${detail ?? 'the document'}`];
    case 'condition_false':
      return chosen === undefined ? [] : conditionHints(chosen.grant, situation);
    case 'scope_not_granted':
      return [
        `asked for ${wanted.scope ?? 'all that is granted'}; granted are ${show(chosen?.grant['scopes'] ?? [])}`,
      ];
    case 'resource_not_granted':
    case 'resource_missing':
      return [
        `asked for the audience ${wanted.resource ?? 'none'}; granted are ${show(chosen?.grant['idTokenAudiences'] ?? [])}`,
      ];
    case 'project_not_allowed':
      return [
        `the caller is of project ${principal.instance.projectNumber}; allowed are ${situation.projectNumbers.join(', ')}`,
      ];
    case 'ceiling_signer':
      return [`the deployment allows the signers ${situation.ceilings.signers.join(', ')}`];
    case 'ceiling_subject':
      return [`the deployment allows the users ${situation.ceilings.subjects.join(', ')}`];
    case 'ceiling_scope':
      return [`the deployment allows the scopes ${situation.ceilings.scopes.join(', ')}`];
    case 'kill_switch_engaged':
    case 'kill_switch_principal':
    case 'kill_switch_target':
      return ['token-vending status says why it is stopped, token-vending unkill lets it through'];
    default:
      return [];
  }
}

function missing(envelopes: readonly StoredDocument[], { audience = '' }: Wanted): readonly string[] {
  const targets = targetsOf(envelopes);
  const member = audience.replace('//iam.googleapis.com/', '');
  const nearest = nearestName(member, targets) ?? targets.find((one) => sameName(one, member));
  const has =
    targets.length === 0 ? 'has no grants at all' : `has grants for ${targets.slice(0, 10).join(', ')}`;
  const paths = envelopes.map(({ path }) => path).join(' and ');
  return [...(nearest === undefined ? [] : [`nearest is ${nearest}`]), `${paths} ${has}`];
}

/** `trainer@a.…` and `trainer@b.…`. */
function sameName(one: string, other: string): boolean {
  const [left, right] = [parseMember(one), parseMember(other)];
  return left !== undefined && right !== undefined && left.email.split('@')[0] === right.email.split('@')[0];
}

function expiry(what: string, fields: unknown, now: Date): readonly string[] {
  const at = isRecord(fields) ? fields['expiresAt'] : undefined;
  return at instanceof Date && at.getTime() - now.getTime() < 1000
    ? [`${what} has expired at ${at.toISOString()}; it is ${now.toISOString()}`]
    : [];
}

function show(value: unknown): string {
  const texts = listOfTexts(value);
  if (Array.isArray(value)) return texts.length === 0 ? 'none' : texts.join(' ');
  return loggableText(String(value));
}
