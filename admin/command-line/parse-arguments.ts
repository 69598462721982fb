/**
 * The command line: which command, which flags, which words. Flags that are not given come from their variables. Pure.
 */

import { parseArgs } from 'node:util';
import { loggableText } from '../../shared/loggable.ts';
import { badUsage } from '../failure.ts';
import { didYouMean } from '../output/nearest-name.ts';
import type { Command, Invocation, Options } from './command.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
export type Commands = Readonly<Record<string, Command>>;

export type Parsed =
  | { readonly kind: 'help'; readonly name: string | undefined }
  | { readonly kind: 'version' }
  | { readonly kind: 'command'; readonly command: Command; readonly invocation: Invocation };

/** Throws a `Failure`. */
export function parseArguments(
  words: readonly string[],
  environment: Environment,
  commands: Commands,
): Parsed {
  if (words.includes('--version')) return { kind: 'version' };
  const isHelp = words.length === 0 || words.some((word) => ['--help', '-h', 'help'].includes(word));
  const name = nameIn(words, commands);
  const command = name === undefined ? undefined : commands[name];
  if (isHelp) return { kind: 'help', name };
  if (name === undefined || command === undefined) throw unknownCommand(words, commands);
  const rest = words.slice(name.split(' ').length);
  const given = parseFlags(rest, command.options, name);
  checkWords(given.words, command, name);
  return {
    kind: 'command',
    command,
    invocation: { ...given, values: { ...fromVariables(command.options, environment), ...given.values } },
  };
}

/** The names are one word or two: `grants plan`. */
function nameIn(words: readonly string[], commands: Commands): string | undefined {
  const two = words.slice(0, 2).join(' ');
  const one = words[0] ?? '';
  return [two, one].find((name) => Object.hasOwn(commands, name));
}

function unknownCommand(words: readonly string[], commands: Commands): Error {
  const named = loggableText(
    words
      .slice(0, 2)
      .filter((word) => !word.startsWith('-'))
      .join(' '),
  );
  const names = Object.keys(commands);
  const guess = didYouMean(named, names) || didYouMean(named.split(' ')[0] ?? '', names);
  return badUsage(`there is no command "${named}"${guess || ''}; token-vending --help lists them all`);
}

function parseFlags(words: readonly string[], options: Options, name: string): Invocation {
  const config = Object.fromEntries(
    Object.entries(options).map(([flag, { value }]) => [
      flag,
      { type: value === '' ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const { tokens } = parseArgs({
    args: [...words],
    options: config,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const values: Record<string, string[]> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) {
      const flags = Object.keys(options).map((flag) => `--${flag}`);
      const guess = didYouMean(token.rawName, flags);
      throw badUsage(
        `${name} has no flag ${loggableText(token.rawName)}${guess}; token-vending ${name} --help lists them`,
      );
    }
    const isSwitch = option.value === '';
    if (isSwitch && token.value !== undefined) throw badUsage(`--${token.name} takes no value`);
    const value = isSwitch ? 'true' : token.value;
    if (value === undefined || value === '')
      throw badUsage(`--${token.name} needs a value: --${token.name} ${option.value}`);
    const before = values[token.name] ?? [];
    if (before.length > 0 && option.isRepeatable !== true) throw badUsage(`--${token.name} is given twice`);
    values[token.name] = [...before, value];
  }
  return { words: positionals, values };
}

function checkWords(
  words: readonly string[],
  { words: { meaning, least, most } }: Command,
  name: string,
): void {
  if (words.length < least)
    throw badUsage(`${name} needs ${meaning}; token-vending ${name} --help shows an example`);
  if (words.length > most) {
    throw badUsage(
      `${name} takes ${most === 0 ? 'flags alone' : meaning}: what is ${loggableText(words[most] ?? '')}?`,
    );
  }
}

function fromVariables(options: Options, environment: Environment): Invocation['values'] {
  const found = Object.entries(options).flatMap(([flag, { variable }]) => {
    const value = variable === undefined ? undefined : environment[variable]?.trim();
    return value === undefined || value === '' ? [] : [[flag, [value]] as const];
  });
  return Object.fromEntries(found);
}
