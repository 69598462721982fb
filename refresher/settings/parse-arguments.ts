/**
 * The command line, as it was typed: which command, which flags, which child. What the values mean is for the
 * settings to say. Pure.
 *
 * `--flag VALUE` and `--flag=VALUE` are the same. The child's command line begins after `--`, or at the first word that
 * is no flag, and nothing in it is looked at.
 */

import { badUsage } from '../failure.ts';
import { closest } from './closest.ts';
import {
  ALL_OPTIONS,
  COMMANDS,
  isCommandName,
  type CommandName,
  type Option,
  type OptionName,
} from './options.ts';
import type { Given, Values } from './values.ts';

export type Invocation =
  | { readonly kind: 'help'; readonly command: CommandName | undefined }
  | { readonly kind: 'version' }
  | {
      readonly kind: 'command';
      readonly command: CommandName;
      readonly flags: Values;
      /** For `exec`, at least one word; otherwise empty. */
      readonly child: readonly string[];
    };

const HELP = new Set(['--help', '-h']);
const VERSION = '--version';
const SEE_HELP = 'see refresher --help';

export function parseArguments(words: readonly string[]): Invocation {
  const flags: { [Name in OptionName]?: Given[] } = {};
  let command: CommandName | undefined;
  let isHelp = false;
  let at = 0;
  for (; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (HELP.has(word)) isHelp = true;
    else if (word === VERSION) return { kind: 'version' };
    else if (word === '--') break;
    else if (word.startsWith('-')) at += takeFlag(flags, word, words[at + 1]);
    else if (command === undefined && word === 'help') isHelp = true;
    else if (command === undefined) command = commandNamed(word);
    else break;
  }
  if (isHelp) return { kind: 'help', command };
  if (command === undefined) throw badUsage(`no command given: ${commandList()}; ${SEE_HELP}`);
  checkFlags(command, flags);
  return { kind: 'command', command, flags, child: childOf(command, words.slice(at)) };
}

/** Takes the flag, and says how many of the words after it were its value. */
function takeFlag(flags: { [Name in OptionName]?: Given[] }, word: string, next: string | undefined): 0 | 1 {
  const equals = word.indexOf('=');
  const flag = equals < 0 ? word : word.slice(0, equals);
  const [name, option] = ALL_OPTIONS.find(([, one]) => one.flag === flag) ?? [];
  if (name === undefined || option === undefined) throw unknownFlag(flag);
  const given = flags[name];
  if (given !== undefined && option.isList === undefined) throw badUsage(`${flag} is given twice`);
  const isSeparate = equals < 0 && option.value !== undefined;
  const value = isSeparate ? valueOf(option, next) : equals < 0 ? 'true' : word.slice(equals + 1);
  if (value === '') throw badUsage(`${flag} needs a value: ${flag} ${option.value ?? ''}`.trimEnd());
  flags[name] = [...(given ?? []), { value, source: flag }];
  return isSeparate ? 1 : 0;
}

function valueOf({ flag, value }: Option, next: string | undefined): string {
  if (next !== undefined && !next.startsWith('--')) return next;
  throw badUsage(`${flag} needs a value: ${flag} ${value}`);
}

function unknownFlag(flag: string): Error {
  const known = [...ALL_OPTIONS.map(([, option]) => option.flag), ...HELP, VERSION];
  const meant = closest(flag, known);
  // a long one may be a secret that slipped in
  const shown = flag.length > 40 ? `${flag.slice(0, 12)}…` : flag;
  return badUsage(
    `unknown flag ${shown}${meant === undefined ? '' : `, did you mean ${meant}?`} (${SEE_HELP})`,
  );
}

function commandNamed(word: string): CommandName {
  if (isCommandName(word)) return word;
  const meant = closest(word, Object.keys(COMMANDS));
  const shown = word.length > 40 ? `${word.slice(0, 12)}…` : word;
  throw badUsage(
    `unknown command ${shown}${meant === undefined ? '' : `, did you mean ${meant}?`} (${commandList()})`,
  );
}

function commandList(): string {
  return `one of ${Object.keys(COMMANDS).join(', ')}`;
}

/** A flag without a variable belongs to some commands alone. */
function checkFlags(command: CommandName, flags: Values): void {
  for (const [name, { flag, variable, usedBy }] of ALL_OPTIONS) {
    if (flags[name] === undefined || variable !== undefined || usedBy.includes(command)) continue;
    throw badUsage(`${flag} is for ${usedBy.join(' and ')}, not for ${command}`);
  }
}

function childOf(command: CommandName, rest: readonly string[]): readonly string[] {
  const child = rest[0] === '--' ? rest.slice(1) : rest;
  if (command === 'exec') {
    if (child.length > 0 && child[0] !== '') return child;
    throw badUsage('exec needs a command to run: refresher exec [FLAGS] -- COMMAND [ARGUMENT…]');
  }
  if (child.length === 0) return child;
  throw badUsage(`${command} takes no arguments but flags; a command to run is for exec`);
}
