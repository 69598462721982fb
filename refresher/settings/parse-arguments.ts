/**
 * The command line, as it was typed: which command, which flags, which child. What the values mean is for the
 * settings to say. Pure.
 *
 * `--flag VALUE` and `--flag=VALUE` are the same. The child's command line begins after `--`, or at the first word that
 * is no flag, and nothing in it is looked at.
 */

import { loggableText } from '../../shared/loggable.ts';
import { badUsage } from '../failure.ts';
import { COMMANDS, isCommandName, LISTS, OPTIONS, type CommandName, type OptionName } from './options.ts';
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

type Flags = { [Name in OptionName]?: readonly Given[] };

const SEE_HELP = 'see refresher --help';

export function parseArguments(words: readonly string[]): Invocation {
  const flags: Flags = {};
  let command: CommandName | undefined;
  let isHelp = false;
  let at = 0;
  for (; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--version') return { kind: 'version' };
    if (word === '--') break;
    if (['--help', '-h', 'help'].includes(word) && (word !== 'help' || command === undefined)) isHelp = true;
    else if (word.startsWith('-')) at += takeFlag(flags, word, words[at + 1]);
    else if (command !== undefined) break;
    else command = commandNamed(word);
  }
  if (isHelp) return { kind: 'help', command };
  if (command === undefined) throw badUsage(`no command given: ${SEE_HELP}`);
  return { kind: 'command', command, flags, child: childOf(command, words.slice(at)) };
}

/** Takes the flag, and says how many of the words after it were its value. */
function takeFlag(flags: Flags, word: string, next: string | undefined): 0 | 1 {
  const [, flag = word, joined] = /^(.*?)=(.*)$/s.exec(word) ?? [];
  const option = OPTIONS.find((one) => one.flag === flag);
  if (option === undefined) throw badUsage(`unknown flag ${loggableText(flag)}: ${SEE_HELP}`);
  const { name, value: meaning } = option;
  const before = flags[name] ?? [];
  if (before.length > 0 && !LISTS.has(name)) throw badUsage(`${flag} is given twice`);
  const isSeparate = joined === undefined && meaning !== '';
  const separate = next?.startsWith('--') === true ? undefined : next;
  const value = isSeparate ? separate : (joined ?? 'true');
  if (value === undefined || value === '') throw badUsage(`${flag} needs a value: ${flag} ${meaning}`);
  flags[name] = [...before, { value, source: flag }];
  return isSeparate ? 1 : 0;
}

function commandNamed(word: string): CommandName {
  if (isCommandName(word)) return word;
  const known = Object.keys(COMMANDS).join(', ');
  throw badUsage(`unknown command ${loggableText(word)}: it has to be one of ${known}`);
}

function childOf(command: CommandName, rest: readonly string[]): readonly string[] {
  const child = rest[0] === '--' ? rest.slice(1) : rest;
  if (command !== 'exec' && child.length > 0) throw badUsage(`${command} takes flags alone: ${SEE_HELP}`);
  if (command === 'exec' && !child[0]) throw badUsage('exec needs a command: refresher exec -- COMMAND…');
  return child;
}
