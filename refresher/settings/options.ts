/**
 * The options, one table: parsing, environment variables and `--help` are all read from it.
 *
 * `impersonateUrl` is the flag `--impersonate-url` and the variable `TOKEN_VENDING_IMPERSONATE_URL`. Every command takes
 * every option, so that one line of flags, or one environment, serves all of them.
 */

export const COMMANDS = {
  serve: 'run the metadata server until SIGTERM',
  exec: 'run a command with a metadata server of its own',
  token: 'print an access token',
  env: 'print the variables by which clients find a running metadata server',
  adc: 'print a credentials file with which clients need no refresher',
} as const;

export type CommandName = keyof typeof COMMANDS;

const SERVING = 'serve exec';
const ASKING = 'serve exec token adc';
const EXPECTED = 'the audience that it expects (default: its URL and /v1/token)';

/** What stands for the value (nothing: a switch), whom it makes a difference to, and what it is. */
const TABLE = {
  target: ['MEMBER', ASKING, 'serviceAccount:EMAIL or user:EMAIL; repeatable, the first is the default'],
  impersonateUrl: ['URL', ASKING, 'the function for service accounts'],
  delegateUrl: ['URL', ASKING, 'the function for Workspace users'],
  impersonateAudience: ['AUDIENCE', ASKING, EXPECTED],
  delegateAudience: ['AUDIENCE', ASKING, EXPECTED],
  listen: [
    'HOST:PORT',
    'serve exec env',
    'of the metadata server (default: 127.0.0.1:8174; port 0: any; serve: also unix:PATH)',
  ],
  tokenFile: ['PATH', SERVING, 'keep a token of the first target in this file'],
  metadataHost: [
    'HOST',
    'serve exec token env adc',
    "the VM's own metadata server (default: 169.254.169.254; adc: metadata.google.internal)",
  ],
  project: ['ID', 'serve exec env', "project id that clients are told (default: the VM's)"],
  wait: ['SECONDS', 'exec token', 'how long to try for the first token (default: 60)'],
  allowRemote: ['', SERVING, 'answer other machines, too: whoever gets through gets tokens'],
  acceptHost: ['HOST', SERVING, 'a further name of it; repeatable'],
  metrics: ['', SERVING, 'Prometheus metrics on /metrics'],
  format: ['FORMAT', 'env', 'sh (default), json, docker (--env-file) or github ($GITHUB_ENV)'],
} as const;

export type OptionName = keyof typeof TABLE;

export interface Option {
  readonly name: OptionName;
  readonly flag: string;
  readonly variable: string;
  /** Empty: it is a switch. */
  readonly value: string;
  /** Commands, separated by spaces. */
  readonly usedBy: string;
  readonly help: string;
}

export const OPTIONS: readonly Option[] = Object.entries(TABLE).flatMap(([name, [value, usedBy, help]]) => {
  const words = name.replace(/[A-Z]/g, '-$&');
  const flag = `--${words.toLowerCase()}`;
  const variable = `TOKEN_VENDING_${words.replaceAll('-', '_').toUpperCase()}`;
  return isOptionName(name) ? [{ name, flag, variable, value, usedBy, help }] : [];
});

/** Those that may be given more than once. */
export const LISTS: ReadonlySet<OptionName> = new Set<OptionName>(['target', 'acceptHost']);

function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(TABLE, name);
}

export function isCommandName(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}

/** `--listen or TOKEN_VENDING_LISTEN`. */
export function sourcesOf(wanted: OptionName): string {
  const option = OPTIONS.find(({ name }) => name === wanted);
  return `${option?.flag} or ${option?.variable}`;
}
