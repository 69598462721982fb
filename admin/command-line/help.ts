/**
 * `--help`, made of the table of commands. Pure.
 */

import type { Commands } from './parse-arguments.ts';
import type { Option } from './command.ts';

const HEAD = `token-vending: the desk of who owns the grants of Token Vending.

Commands (token-vending COMMAND --help says more, and shows an example)
`;

const EXIT_CODES = `Exit codes
  0   done                           69  the database could not be reached
  1   errors found, or it differs    75  somebody else was quicker: plan again
  64  bad usage                      77  no credentials, no permission, or not allowed
  65  a malformed file               78  bad configuration
  66  a missing file                 70  a bug
`;

/** Of one command, or of all. */
export function helpText(name: string | undefined, commands: Commands): string {
  const command = name === undefined ? undefined : commands[name];
  if (name === undefined || command === undefined) {
    const rows = Object.entries(commands).map(([each, { summary }]) => `  ${each.padEnd(15)} ${summary}\n`);
    return `${HEAD}${rows.join('')}\n${EXIT_CODES}`;
  }
  const { summary, explanation, words, options, example } = command;
  const usage = ['token-vending', name, words.meaning, '[FLAGS]'].filter((word) => word !== '').join(' ');
  const flags = Object.entries(options).map(([flag, option]) => flagHelp(flag, option));
  return [
    `${usage}: ${summary}\n`,
    ...(explanation === undefined ? [] : [explanation.trim(), '']),
    `  ${example}\n`,
    'Flags, and the variables that count without them',
    ...flags,
    '',
    EXIT_CODES,
  ].join('\n');
}

function flagHelp(flag: string, { value, help, variable = '' }: Option): string {
  return `  ${`--${flag} ${value}`.trim().padEnd(24)} ${variable}`.trimEnd() + `\n      ${help}`;
}
