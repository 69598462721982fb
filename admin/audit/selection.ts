/**
 * Which of what was recorded is asked about. Pure.
 */

import { isDecision, type Recorded } from './recorded.ts';

export interface Selection {
  readonly since: Date | undefined;
  readonly until: Date | undefined;
  /** Ids of documents under `principals/`, and members. Empty: all. */
  readonly principals: readonly string[];
  readonly targets: readonly string[];
}

/** What has no time is in no span of it. */
export function isSelected(recorded: Recorded, { since, until, principals, targets }: Selection): boolean {
  const { at, event } = recorded;
  if (since !== undefined && (at === undefined || at < since)) return false;
  if (until !== undefined && (at === undefined || at >= until)) return false;
  const target = isDecision(recorded) ? recorded.event.target : undefined;
  if (targets.length > 0 && (target === undefined || !targets.includes(target))) return false;
  if (principals.length === 0) return true;
  const { serviceAccount, projectNumber, instanceId } = event.principal ?? {};
  const ids = [`serviceAccount:${serviceAccount}`, `instance:${projectNumber}:${instanceId}`];
  return ids.some((id) => principals.includes(id));
}
