/**
 * The flags of `host` and `task`, one table, from which the command line and `--help` are read. Pure.
 *
 * The flags that say where the functions are, are those of the other commands, and so are their variables.
 */

import { parseArgs, type ParseArgsConfig } from 'node:util';
import { loggableText } from '../../../shared/loggable.ts';
import { badUsage } from '../../failure.ts';
import { OPTIONS } from '../../settings/options.ts';
import type { Given, Values } from '../../settings/values.ts';

/** What stands for the value (nothing: a switch), whether it may be repeated, and what it is. */
interface HostOption {
  readonly value: string;
  readonly help: string;
  readonly isRepeatable?: true;
  readonly variable?: string;
}

export const CONTROL = {
  value: 'PATH',
  variable: 'TOKEN_VENDING_CONTROL',
  help: 'the control socket (default: /run/token-vending/control.sock)',
} as const satisfies HostOption;

export const HOST_OPTIONS = {
  control: CONTROL,
  state: {
    value: 'PATH',
    variable: 'TOKEN_VENDING_STATE',
    help: 'which tasks there are, for the next start (default: /run/token-vending/tasks.json)',
  },
  conceal: {
    value: '',
    help: "keep the VM's own metadata server from everything but the daemon and --allow-cgroup",
  },
  'allow-cgroup': {
    value: 'PATH',
    isRepeatable: true,
    help: "a cgroup that may reach the VM's own metadata server nevertheless; repeatable",
  },
  'allow-address': { value: '', help: 'take tasks by --address, which can be forged on a bridge' },
  'max-tasks': { value: 'N', help: 'how many there may be (default: 1000)' },
  check: { value: '', help: 'say whether the running daemon conceals it, and end' },
  restore: { value: '', help: 'remove the rules that an ended daemon has left, and end' },
} as const satisfies Readonly<Record<string, HostOption>>;

export const TASK_OPTIONS = {
  target: {
    value: 'MEMBER',
    isRepeatable: true,
    help: 'serviceAccount:EMAIL or user:EMAIL; repeatable, the first is the default account',
  },
  pid: { value: 'PID', help: 'a process of the task, in a network namespace of its own' },
  netns: { value: 'PATH', help: 'the network namespace of the task' },
  cgroup: { value: 'PATH', help: "the cgroup of a task in the host's network" },
  address: {
    value: 'IP',
    help: 'the address of the task on a bridge (needs refresher host --allow-address)',
  },
  project: { value: 'ID', help: "project id that its clients are told (default: the VM's)" },
  control: CONTROL,
} as const satisfies Readonly<Record<string, HostOption>>;

/** Flags of the other commands that `host` takes, too. */
const VENDING_FLAGS = OPTIONS.filter(({ name }) =>
  [
    'impersonateUrl',
    'delegateUrl',
    'impersonateAudience',
    'delegateAudience',
    'metadataHost',
    'project',
    'wait',
  ].includes(name),
);

export interface Parsed {
  readonly words: readonly string[];
  /** By flag, without dashes; a switch that was given is `true`. */
  readonly values: Readonly<Record<string, readonly string[]>>;
}

export function parseHostArguments(words: readonly string[]): Parsed {
  const vending = Object.fromEntries(VENDING_FLAGS.map(({ flag, value }) => [flag.slice(2), { value }]));
  return parse(words, { ...vending, ...HOST_OPTIONS });
}

export function parseTaskArguments(words: readonly string[]): Parsed {
  return parse(words, TASK_OPTIONS);
}

/** As the settings of the other commands take them. */
export function vendingValues({ values }: Parsed): Values {
  const given = VENDING_FLAGS.flatMap(({ name, flag }) => {
    const found = values[flag.slice(2)];
    const entries: readonly Given[] = (found ?? []).map((value) => ({ value, source: flag }));
    return found === undefined ? [] : [[name, entries] as const];
  });
  return Object.fromEntries(given);
}

export function hostOptionsHelp(command: 'host' | 'task'): string {
  const own: readonly (readonly [string, HostOption])[] = Object.entries(
    command === 'host' ? HOST_OPTIONS : TASK_OPTIONS,
  );
  const lines = own.map(([name, { value, variable = '', help }]) =>
    line(`--${name} ${value}`, variable, help),
  );
  const others = VENDING_FLAGS.map(({ flag, value, variable, help }) =>
    line(`${flag} ${value}`, variable, help),
  );
  return [...lines, ...(command === 'host' ? others : [])].join('');
}

function line(flag: string, variable: string, help: string): string {
  return `  ${flag.padEnd(33)} ${variable}\n      ${help}\n`;
}

function parse(
  words: readonly string[],
  options: Readonly<Record<string, Pick<HostOption, 'value' | 'isRepeatable'>>>,
): Parsed {
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { value }]) => [
      name,
      { type: value === '' ? 'boolean' : 'string', multiple: true } as const,
    ]),
  ) satisfies ParseArgsConfig['options'];
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: config,
      allowPositionals: true,
      strict: true,
    });
    const entries = Object.entries(values).map(([name, given]) => {
      const texts = (Array.isArray(given) ? given : [given]).map(String);
      if (texts.length > 1 && options[name]?.isRepeatable !== true)
        throw badUsage(`--${name} is given twice`);
      return [name, texts] as const;
    });
    return { words: positionals, values: Object.fromEntries(entries) };
  } catch (error) {
    if (error instanceof Error && error.name === 'Failure') throw error;
    const why = error instanceof Error ? error.message.split(/[.'] /)[0] : 'unreadable';
    throw badUsage(`${loggableText(why ?? '')}: see refresher host --help`);
  }
}
