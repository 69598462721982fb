/**
 * What `kill` and `unkill` have in common: whom it is about, why, asked for and recorded.
 */

import { isPrincipalDocumentId } from '../../shared/identity/principal.ts';
import { parseMember } from '../../shared/member.ts';
import { isGiven, valueOf, type Context, type Invocation, type Options } from '../command-line/command.ts';
import { DATABASE_OPTIONS, databaseAddress } from '../database/database-address.ts';
import { historyId } from '../database/history-id.ts';
import { Overtaken } from '../database/grants-database.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import { badUsage, Failure } from '../failure.ts';
import {
  killSwitchState,
  killSwitchText,
  stateLines,
  type KillSwitchState,
  type Selection,
} from '../kill-switch/change-kill-switch.ts';
import { JSON_OPTION, printJson } from '../output/print-json.ts';
import { withDatabase } from './planning.ts';

export const SWITCH_OPTIONS = {
  everything: { value: '', help: 'every exchange' },
  target: { value: 'MEMBER', isRepeatable: true, help: 'who is become, signs or is a delegate; repeatable' },
  principal: { value: 'ID', isRepeatable: true, help: 'a caller, by the id of its document; repeatable' },
  reason: { value: 'TEXT', help: 'why, for whoever comes next; required' },
  yes: { value: '', help: 'do not ask' },
  ...DATABASE_OPTIONS,
  ...JSON_OPTION,
} as const satisfies Options;

type Change = (state: KillSwitchState, selection: Selection, reason: string) => KillSwitchState;

const EMPTY: KillSwitchState = { engaged: false, reason: undefined, targets: [], principals: [] };

export async function changeSwitch(
  verb: 'kill' | 'unkill',
  change: Change,
  invocation: Invocation,
  context: Context,
): Promise<ExitCode> {
  const selection = selectionOf(verb, invocation);
  const reason = valueOf(invocation, 'reason');
  if (reason === undefined) throw badUsage(`${verb} needs --reason TEXT: whoever comes next has to know why`);
  await confirm(verb, selection, invocation, context);
  const state = await withDatabase(databaseAddress(invocation), context, async (database) => {
    const before = await database.killSwitch();
    // what is replaced whole need not be understood
    const old = selection.everything && !isUnderstood(before?.text) ? EMPTY : killSwitchState(before?.text);
    const next = change(old, selection, reason);
    const at = context.now();
    const id = historyId(at, context.unique());
    const lines = [`${verb} ${selectionText(selection)}`];
    await database
      .setKillSwitch(killSwitchText(next), before, { id, by: context.operator, at, reason, lines })
      .catch((error: unknown) => {
        if (!(error instanceof Overtaken)) throw error;
        const message =
          'somebody else has just changed the kill switch, nothing was done: look at status, then try again';
        throw new Failure(EXIT_CODES.overtaken, message, { cause: error });
      });
    return next;
  });
  const lines = stateLines(state);
  if (isGiven(invocation, 'json')) await printJson(context, { killSwitch: state });
  else await context.print(`${lines.length === 0 ? 'Nothing is stopped.' : lines.join('\n')}\n`);
  return EXIT_CODES.ok;
}

function isUnderstood(text: string | undefined): boolean {
  try {
    killSwitchState(text);
    return true;
  } catch {
    return false;
  }
}

/** Throws a `Failure`: an entry that is misspelt would stop nobody, and would make every exchange a fault. */
function selectionOf(verb: string, { values }: Invocation): Selection {
  const targets = values['target'] ?? [];
  const principals = values['principal'] ?? [];
  const everything = values['everything'] !== undefined;
  if (!everything && targets.length + principals.length === 0) {
    throw badUsage(`${verb} needs --everything, --target MEMBER or --principal ID`);
  }
  const noTarget = targets.find((target) => parseMember(target) === undefined);
  if (noTarget !== undefined)
    throw badUsage('--target has to be serviceAccount:EMAIL or user:EMAIL, in lower case');
  const noPrincipal = principals.find((principal) => !isPrincipalDocumentId(principal));
  if (noPrincipal !== undefined) {
    throw badUsage('--principal has to be serviceAccount:EMAIL or instance:PROJECT_NUMBER:INSTANCE_ID');
  }
  return { everything, targets, principals };
}

function selectionText({ everything, targets, principals }: Selection): string {
  return [...(everything ? ['everything'] : []), ...targets, ...principals].join(', ');
}

async function confirm(
  verb: string,
  selection: Selection,
  invocation: Invocation,
  { ask }: Context,
): Promise<void> {
  if (isGiven(invocation, 'yes')) return;
  const answer = await ask(`${verb} ${selectionText(selection)}? Type yes: `);
  if (answer === 'yes') return;
  const why = answer === undefined ? 'there is nobody to ask here: add --yes' : 'you did not type yes';
  throw new Failure(EXIT_CODES.notAllowed, `nothing was done: ${why}`);
}
