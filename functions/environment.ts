/**
 * Environment variables, read one by one into typed values. An empty variable counts as absent.
 */

export type Environment = Readonly<Record<string, string | undefined>>;

/** Stops the start: one line that names the variable and says what it should be. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(variable: string, problem: string) {
    super(`${variable} ${problem}`);
  }
}

export function optional(environment: Environment, variable: string): string | undefined {
  const value = environment[variable]?.trim();
  return value === '' ? undefined : value;
}

export function required(environment: Environment, variable: string, meaning: string): string {
  const value = optional(environment, variable);
  if (value === undefined) throw new ConfigurationError(variable, `is not set: it has to be ${meaning}`);
  return value;
}

/** A comma-separated list; an entry that does not fit, an empty one among them, stops the start. */
export function parseList(
  variable: string,
  value: string,
  fits: (entry: string) => boolean,
  meaning: string,
): string[] {
  const entries = value.split(',').map((entry) => entry.trim());
  const unfit = entries.find((entry) => entry === '' || !fits(entry));
  if (unfit === undefined) return entries;
  const found = unfit === '' ? 'an empty entry' : JSON.stringify(unfit);
  throw new ConfigurationError(variable, `holds ${found}: it has to be ${meaning}, separated by commas`);
}

const LOOPBACK_HOSTS = ['127.0.0.1', '[::1]', 'localhost'];

/** https anywhere, http on loopback alone: bearer tokens go there. */
export function parseUrl(variable: string, value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isProtected =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK_HOSTS.includes(url.hostname));
  if (url === undefined || !isProtected || url.username + url.password !== '' || url.hash !== '') {
    throw new ConfigurationError(variable, 'has to be an https URL, or an http URL on this machine');
  }
  return url;
}

export function parseWholeNumber(variable: string, value: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new ConfigurationError(variable, `has to be a whole number from ${least} to ${most}`);
}
