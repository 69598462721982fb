/**
 * One line for each thing worth knowing: text on a terminal, JSON otherwise, to standard error.
 */

export type Severity = 'INFO' | 'WARNING' | 'ERROR';

/** Fields must hold no secret; token types print redacted. */
export type Log = (severity: Severity, message: string, fields?: Readonly<Record<string, unknown>>) => void;

interface Options {
  readonly write: (line: string) => void;
  readonly isTerminal: boolean;
  readonly now: () => Date;
}

export function createLog({ write, isTerminal, now }: Options): Log {
  return (severity, message, fields = {}) => {
    const time = now().toISOString();
    const line = isTerminal
      ? `${time.slice(11, 19)} ${severity.toLowerCase()} ${message}${fieldsAsText(fields)}`
      : JSON.stringify({ severity, time, message, ...fields });
    write(`${line}\n`);
  };
}

function fieldsAsText(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('');
}
