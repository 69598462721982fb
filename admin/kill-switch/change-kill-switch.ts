/**
 * The kill switch before and after a change. Pure.
 */

import { decodeKillSwitch } from '../../shared/grants/kill-switch.ts';
import { KILL_SWITCH_PATH } from '../../shared/grants/grant-store.ts';
import { MalformedDocument } from '../../shared/grants/stored-document.ts';
import { isRecord } from '../../shared/unknown.ts';
import { documentOfText, textOfDocument, type DocumentText } from '../documents/document-text.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { Failure } from '../failure.ts';

export interface KillSwitchState {
  readonly engaged: boolean;
  readonly reason: string | undefined;
  readonly targets: readonly string[];
  readonly principals: readonly string[];
}

export interface Selection {
  readonly everything: boolean;
  readonly targets: readonly string[];
  readonly principals: readonly string[];
}

/** Throws a `Failure` where the stored switch is malformed. */
export function killSwitchState(stored: DocumentText | undefined): KillSwitchState {
  const data = stored === undefined ? undefined : documentOfText(stored);
  try {
    const { engaged, targets, principals } = decodeKillSwitch(
      stored === undefined ? undefined : { path: KILL_SWITCH_PATH, data },
    );
    const reason = isRecord(data) && typeof data['reason'] === 'string' ? data['reason'] : undefined;
    return { engaged, reason, targets, principals };
  } catch (error) {
    if (!(error instanceof MalformedDocument)) throw error;
    const message = `${error.detail}: every exchange fails until it is mended; kill --everything or unkill --everything replaces it`;
    throw new Failure(EXIT_CODES.badFile, message, { cause: error });
  }
}

export function killed(
  state: KillSwitchState,
  { everything, targets, principals }: Selection,
  reason: string,
): KillSwitchState {
  return {
    engaged: state.engaged || everything,
    reason,
    targets: union(state.targets, targets),
    principals: union(state.principals, principals),
  };
}

/** `everything` lets everything through again, the lists among it. */
export function unkilled(
  state: KillSwitchState,
  { everything, targets, principals }: Selection,
  reason: string,
): KillSwitchState {
  if (everything) return { engaged: false, reason, targets: [], principals: [] };
  return {
    engaged: state.engaged,
    reason,
    targets: state.targets.filter((target) => !targets.includes(target)),
    principals: state.principals.filter((principal) => !principals.includes(principal)),
  };
}

export function killSwitchText({ engaged, reason, targets, principals }: KillSwitchState): DocumentText {
  return textOfDocument({ engaged, ...(reason !== undefined && { reason }), targets, principals });
}

/** What is stopped, line by line; none: nothing. */
export function stateLines({ engaged, targets, principals }: KillSwitchState): readonly string[] {
  return [
    ...(engaged ? ['everything is stopped'] : []),
    ...targets.map((target) => `target ${target} is stopped`),
    ...principals.map((principal) => `principal ${principal} is stopped`),
  ];
}

function union(list: readonly string[], more: readonly string[]): readonly string[] {
  return [...new Set([...list, ...more])];
}
