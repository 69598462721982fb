/**
 * Values of options as they were given, each with the name of the flag or variable that it came from, so that an error
 * can say which one to mend. Flags come before variables; an empty variable counts as absent.
 */

import { loggableText } from '../../shared/loggable.ts';
import { badConfiguration, type Failure } from '../failure.ts';
import { OPTIONS, type OptionName } from './options.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Given {
  readonly value: string;
  /** `--listen`, `TOKEN_VENDING_LISTEN`. */
  readonly source: string;
}

export type Values = { readonly [Name in OptionName]?: readonly Given[] };

/** What flags do not say, the variables do. */
export function withVariables(flags: Values, environment: Environment): Values {
  const values: { [Name in OptionName]?: readonly Given[] } = { ...flags };
  for (const { name, variable } of OPTIONS) {
    const value = environment[variable]?.trim();
    if (value) values[name] ??= [{ value, source: variable }];
  }
  return values;
}

export function single(values: Values, name: OptionName): Given | undefined {
  return values[name]?.[0];
}

/** The entries of a list, wherever they stood; an empty entry is a mistake. */
export function list(values: Values, name: OptionName): readonly Given[] {
  return (values[name] ?? []).flatMap(({ value, source }) =>
    value.split(',').map((entry) => ({ value: entry.trim(), source })),
  );
}

export function isSwitchedOn(values: Values, name: OptionName): boolean {
  const given = single(values, name);
  if (given === undefined || given.value === 'false') return false;
  if (given.value === 'true') return true;
  throw unfit(given, 'true or false');
}

/** `--wait holds "soon": it has to be …` */
export function unfit({ value, source }: Given, meaning: string): Failure {
  const found = value === '' ? 'an empty entry' : JSON.stringify(loggableText(value));
  return badConfiguration(`${source} holds ${found}: it has to be ${meaning}`);
}
