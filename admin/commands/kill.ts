/**
 * `kill`: engages the kill switch, for everything, for a target or for a principal.
 */

import type { Command } from '../command-line/command.ts';
import { killed } from '../kill-switch/change-kill-switch.ts';
import { changeSwitch, SWITCH_OPTIONS } from './switching.ts';

export const kill: Command = {
  summary: 'stop everything, a target or a principal, from the next exchange on',
  explanation: 'A token that is out already works until it expires.',
  words: { meaning: '', least: 0, most: 0 },
  options: SWITCH_OPTIONS,
  example:
    "token-vending kill --target user:alice@example.com --reason 'ticket 4711' --project acme-vending --yes",
  run: (invocation, context) => changeSwitch('kill', killed, invocation, context),
};
