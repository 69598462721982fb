/**
 * The variables of a child, written down for a shell, a program, `docker run --env-file` or `$GITHUB_ENV`. Pure.
 */

import { badConfiguration } from '../failure.ts';
import type { EnvFormat } from '../settings/settings.ts';
import type { ChildEnvironment, Environment } from './environment.ts';

export function renderEnvironment(
  { set, unset }: ChildEnvironment,
  format: EnvFormat,
  inherited: Environment,
): string {
  const entries = Object.entries(set);
  switch (format) {
    case 'sh':
      return lines([
        ...entries.map(([name, value]) => `export ${name}=${quoted(value)}`),
        `unset ${unset.join(' ')}`,
      ]);
    case 'json':
      // null: to be removed
      return `${JSON.stringify({ ...set, ...Object.fromEntries(unset.map((name) => [name, null])) }, null, 2)}\n`;
    case 'docker':
      // a container inherits nothing, and the file has no way to remove what an image sets
      return lines(entries.map(assignment));
    case 'github': {
      // an empty variable is the nearest there is to none, so only where there is one
      const emptied = unset.filter((name) => (inherited[name] ?? '') !== '');
      return lines([...entries, ...emptied.map((name) => [name, ''] as const)].map(assignment));
    }
  }
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}

/** Neither format has quotes: a line break would begin another variable. */
function assignment([name, value]: readonly [string, string]): string {
  if (/[\r\n]/.test(value)) throw badConfiguration(`${name} would hold a line break`);
  return `${name}=${value}`;
}

function quoted(value: string): string {
  return /^[\w./:,@-]+$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
