/**
 * `unkill`: lets through again what `kill` has stopped.
 */

import type { Command } from '../command-line/command.ts';
import { unkilled } from '../kill-switch/change-kill-switch.ts';
import { changeSwitch, SWITCH_OPTIONS } from './switching.ts';

export const unkill: Command = {
  summary: 'let through again what was stopped',
  explanation: '--everything clears the switch, its targets and principals too.',
  words: { meaning: '', least: 0, most: 0 },
  options: SWITCH_OPTIONS,
  example: "token-vending unkill --everything --reason 'ticket 4711 is closed' --project acme-vending --yes",
  run: (invocation, context) => changeSwitch('unkill', unkilled, invocation, context),
};
