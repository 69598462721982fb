/**
 * `status`: what is stopped, and where the last apply stands.
 */

import { isGiven, type Command } from '../command-line/command.ts';
import { DATABASE_OPTIONS, databaseAddress } from '../database/database-address.ts';
import type { ApplyRecord } from '../database/grants-database.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { killSwitchState, stateLines } from '../kill-switch/change-kill-switch.ts';
import { JSON_OPTION, printJson } from '../output/print-json.ts';
import { withDatabase } from './planning.ts';

export const status: Command = {
  summary: 'say what is stopped, and where the last apply stands',
  words: { meaning: '', least: 0, most: 0 },
  options: { ...DATABASE_OPTIONS, ...JSON_OPTION },
  example: 'token-vending status --project acme-vending',

  async run(invocation, context) {
    const { stored, latest } = await withDatabase(databaseAddress(invocation), context, async (database) => ({
      stored: await database.killSwitch(),
      latest: await database.latest(),
    }));
    const state = killSwitchState(stored?.text);
    if (isGiven(invocation, 'json')) {
      await printJson(context, { killSwitch: state, lastApply: latest?.record ?? null });
      return EXIT_CODES.ok;
    }
    const { caution } = context.colours;
    const stopped = stateLines(state).map(
      (line) => `${caution(line)}${state.reason === undefined ? '' : ` (${state.reason})`}\n`,
    );
    await context.print(stopped.length === 0 ? 'Nothing is stopped.\n' : stopped.join(''));
    await context.print(
      `${latest === undefined ? 'Nothing has been applied yet.' : applyText(latest.record)}\n`,
    );
    return EXIT_CODES.ok;
  },
};

function applyText({ id, by, state, applied, of, changedAt }: ApplyRecord): string {
  const at = changedAt.toISOString();
  if (state === 'done') return `The last apply is ${id} of ${by}: ${of} changes, done at ${at}.`;
  return `The apply ${id} of ${by} is under way or was interrupted: ${applied} of ${of} changes, the last at ${at}.`;
}
