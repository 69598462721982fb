/**
 * The options, one table: parsing, environment variables and `--help` are all read from it.
 *
 * An option that has a variable is taken by every command, as its variable is: one line of flags, or one environment,
 * then serves all commands. `usedBy` says which of them it makes a difference to.
 */

export const COMMANDS = {
  serve: 'run the metadata server (and keep the token file) until SIGTERM',
  exec: 'run a command with a metadata server of its own: refresher exec -- COMMAND [ARGUMENT…]',
  token: 'print one access token',
  env: 'print the variables by which clients find a metadata server that `serve` runs',
  adc: 'print a credentials file with which client libraries ask the function themselves',
} as const;

export type CommandName = keyof typeof COMMANDS;

export interface Option {
  readonly flag: `--${string}`;
  readonly variable?: `TOKEN_VENDING_${string}`;
  /** What stands for the value in help. Absent: a switch. */
  readonly value?: string;
  /** Takes several, by repetition or separated by commas. */
  readonly isList?: true;
  readonly usedBy: readonly CommandName[];
  readonly help: string;
}

const SERVING = ['serve', 'exec'] as const;
const ASKING = ['serve', 'exec', 'token', 'adc'] as const;

export const OPTIONS = {
  target: {
    flag: '--target',
    variable: 'TOKEN_VENDING_TARGET',
    value: 'MEMBER',
    isList: true,
    usedBy: ASKING,
    help: 'what to become: serviceAccount:EMAIL or user:EMAIL; several are several accounts, the first is the default one',
  },
  impersonateUrl: {
    flag: '--impersonate-url',
    variable: 'TOKEN_VENDING_IMPERSONATE_URL',
    value: 'URL',
    usedBy: ASKING,
    help: 'base URL of the function that makes callers service accounts',
  },
  delegateUrl: {
    flag: '--delegate-url',
    variable: 'TOKEN_VENDING_DELEGATE_URL',
    value: 'URL',
    usedBy: ASKING,
    help: 'base URL of the function that makes callers Workspace users',
  },
  impersonateAudience: {
    flag: '--impersonate-audience',
    variable: 'TOKEN_VENDING_IMPERSONATE_AUDIENCE',
    value: 'AUDIENCE',
    usedBy: ASKING,
    help: 'audience that function expects of identity tokens (default: its URL and /v1/token)',
  },
  delegateAudience: {
    flag: '--delegate-audience',
    variable: 'TOKEN_VENDING_DELEGATE_AUDIENCE',
    value: 'AUDIENCE',
    usedBy: ASKING,
    help: 'audience that function expects of identity tokens (default: its URL and /v1/token)',
  },
  listen: {
    flag: '--listen',
    variable: 'TOKEN_VENDING_LISTEN',
    value: 'ADDRESS',
    usedBy: ['serve', 'exec', 'env'],
    help: 'HOST:PORT of the metadata server, or unix:PATH for serve (default: 127.0.0.1:8174); port 0 takes a free one',
  },
  tokenFile: {
    flag: '--token-file',
    variable: 'TOKEN_VENDING_TOKEN_FILE',
    value: 'PATH',
    usedBy: SERVING,
    help: 'keep an access token of the default target in this file, mode 0600',
  },
  metadataHost: {
    flag: '--metadata-host',
    variable: 'TOKEN_VENDING_METADATA_HOST',
    value: 'HOST[:PORT]',
    usedBy: ['serve', 'exec', 'token', 'env', 'adc'],
    help: "the VM's own metadata server (default: 169.254.169.254; in the file of adc: metadata.google.internal)",
  },
  project: {
    flag: '--project',
    variable: 'TOKEN_VENDING_PROJECT',
    value: 'ID',
    usedBy: ['serve', 'exec', 'env'],
    help: "project id that clients are told (default: the VM's)",
  },
  wait: {
    flag: '--wait',
    variable: 'TOKEN_VENDING_WAIT',
    value: 'SECONDS',
    usedBy: ['exec', 'token'],
    help: 'how long to try for the first token (default: 60)',
  },
  allowRemote: {
    flag: '--allow-remote',
    variable: 'TOKEN_VENDING_ALLOW_REMOTE',
    usedBy: SERVING,
    help: 'answer other machines and containers too: whoever reaches the address gets the tokens',
  },
  acceptHost: {
    flag: '--accept-host',
    variable: 'TOKEN_VENDING_ACCEPT_HOST',
    value: 'HOST[:PORT]',
    isList: true,
    usedBy: SERVING,
    help: 'a further name by which clients may call the metadata server',
  },
  metrics: {
    flag: '--metrics',
    variable: 'TOKEN_VENDING_METRICS',
    usedBy: SERVING,
    help: 'serve Prometheus metrics on /metrics of the same address',
  },
  format: {
    flag: '--format',
    value: 'FORMAT',
    usedBy: ['env'],
    help: 'sh (default), json, docker (for --env-file) or github (for $GITHUB_ENV)',
  },
} as const satisfies Record<string, Option>;

export type OptionName = keyof typeof OPTIONS;

/** The table for code that goes through all of it. */
export const ALL_OPTIONS: readonly (readonly [OptionName, Option])[] = Object.entries(OPTIONS).flatMap(
  ([name, option]) => (isOptionName(name) ? [[name, option] as const] : []),
);

function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name);
}

export function isCommandName(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}
