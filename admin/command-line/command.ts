/**
 * A command: what it is called with, what its help says, and what it does. One file each under `commands/`, one row each
 * in the table of `commands.ts`; parsing, `--help` and the documentation are read from here.
 */

import type { GrantsDatabase } from '../database/grants-database.ts';
import type { LayerExitCode } from '../doctor/check.ts';
import type { Surroundings } from '../doctor/surroundings.ts';
import type { DatabaseAddress } from '../database/database-address.ts';
import type { Google } from '../google/google.ts';
import type { ReadPrincipals } from '../files/parse-grants-files.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Colours } from '../output/colours.ts';

export interface Option {
  /** What stands for the value in the help, such as `FILE`. Empty: it is a switch. */
  readonly value: string;
  readonly help: string;
  /** The environment variable that counts where the flag is not given. */
  readonly variable?: string;
  readonly isRepeatable?: true;
}

export type Options = Readonly<Record<string, Option>>;

export interface Words {
  /** As in the help: `PATH…`. */
  readonly meaning: string;
  readonly least: number;
  readonly most: number;
}

export interface Command {
  /** One line, without a full stop. */
  readonly summary: string;
  /** What else there is to know; lines of at most 100 characters. */
  readonly explanation?: string;
  readonly words: Words;
  /** By flag, without its dashes. */
  readonly options: Options;
  /** A command line that works; a test runs it. */
  readonly example: string;
  readonly run: (invocation: Invocation, context: Context) => Promise<ExitCode | LayerExitCode>;
}

export interface Invocation {
  readonly words: readonly string[];
  /** By flag, without its dashes; a switch that was given is `['true']`. Variables count as given. */
  readonly values: Readonly<Record<string, readonly string[]>>;
}

/** What a command may touch beside its files. */
export interface Context {
  /** Writes what was asked for, to standard output. */
  readonly print: (text: string) => Promise<void>;
  /** Writes what people should know meanwhile, to standard error. */
  readonly note: (text: string) => void;
  /** How far long work is; shown on a terminal alone. */
  readonly progress: (text: string) => void;
  /** Of what `print` writes. */
  readonly colours: Colours;
  /** The answer of the person at the terminal; `undefined` where there is none. */
  readonly ask: (question: string) => Promise<string | undefined>;
  readonly readPrincipals: ReadPrincipals;
  readonly openDatabase: (address: DatabaseAddress) => Promise<GrantsDatabase>;
  /** As whoever runs this. Throws a `Failure` where there are no credentials. */
  readonly openGoogle: () => Promise<Google>;
  readonly surroundings: Surroundings;
  /** Who runs this, for the history. */
  readonly operator: string;
  readonly now: () => Date;
  /** Eight characters that nobody else has. */
  readonly unique: () => string;
}

export function isGiven({ values }: Invocation, flag: string): boolean {
  return values[flag] !== undefined;
}

export function valueOf({ values }: Invocation, flag: string): string | undefined {
  return values[flag]?.[0];
}
