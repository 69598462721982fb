/**
 * `controls/kill-switch`: stops everything, or some principals and targets, at the next exchange.
 *
 * An absent document means off. A malformed one is a fault: nobody can tell what it was meant to stop.
 */

import * as v from 'valibot';
import { isPrincipalDocumentId } from '../identity/principal.ts';
import { parseMember } from '../member.ts';
import { Refusal } from '../refusal.ts';
import { strictMap } from './fields.ts';
import type { Grant } from './grant.ts';
import { faultOfIssues, type StoredDocument } from './stored-document.ts';

export interface KillSwitch {
  readonly engaged: boolean;
  readonly targets: readonly string[];
  readonly principals: readonly string[];
}

/** An entry that is misspelt would stop nothing, and nobody would know. */
function listOf(isEntry: (value: string) => boolean, problem: string) {
  const entry = v.pipe(v.string('must be a string'), v.check(isEntry, problem));
  return v.optional(v.array(entry, 'must be a list'), []);
}

const targets = listOf(
  (value) => parseMember(value) !== undefined,
  'must be serviceAccount:EMAIL or user:EMAIL, in lower case',
);
const principals = listOf(
  isPrincipalDocumentId,
  'must be serviceAccount:EMAIL or instance:PROJECT_NUMBER:INSTANCE_ID',
);

const document = strictMap({
  engaged: v.optional(v.boolean('must be true or false'), false),
  reason: v.optional(v.string('must be a string')),
  targets,
  principals,
});

const OFF: KillSwitch = { engaged: false, targets: [], principals: [] };

export function decodeKillSwitch(stored: StoredDocument | undefined): KillSwitch {
  if (stored === undefined) return OFF;
  const decoded = v.safeParse(document, stored.data);
  if (!decoded.success) throw faultOfIssues(stored.path, decoded.issues);
  return decoded.output;
}

/** Refuses everything while engaged, and everything that a listed principal asks for. */
export function checkPrincipalIsLive(killSwitch: KillSwitch, documentIds: readonly string[]): void {
  if (killSwitch.engaged) throw new Refusal('kill_switch_engaged');
  if (documentIds.some((id) => killSwitch.principals.includes(id)))
    throw new Refusal('kill_switch_principal');
}

/** Refuses a listed target, and a grant that would go through a listed signer or delegate. */
export function checkTargetIsLive(killSwitch: KillSwitch, member: string): void {
  if (killSwitch.targets.includes(member)) throw new Refusal('kill_switch_target', member);
}

export function checkGrantIsLive(killSwitch: KillSwitch, grant: Grant): void {
  const accounts = grant.kind === 'user' ? [grant.signer] : grant.delegates;
  for (const email of accounts) checkTargetIsLive(killSwitch, `serviceAccount:${email}`);
}
