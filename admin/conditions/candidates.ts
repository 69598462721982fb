/**
 * Values of a condition's variables that are worth a try. Pure.
 */

import type { Grant } from '../../shared/grants/grant.ts';

export const VARIABLES = [
  'instance.id',
  'instance.name',
  'instance.zone',
  'instance.projectId',
  'instance.projectNumber',
  'instance.createdAt',
  'instance.confidential',
  'serviceAccount.email',
  'serviceAccount.uniqueId',
  'request.time',
  'request.scopes',
  'request.target',
] as const;

export type Variable = (typeof VARIABLES)[number];
/** Of `instance.createdAt` the age in milliseconds. */
export type Value = string | number | boolean | Date | readonly string[];

export interface Subject {
  readonly grant: Pick<Grant, 'target' | 'scopes' | 'expiresAt'>;
  /** Of the caller, where it is one fleet's. */
  readonly serviceAccount: string | undefined;
  readonly now: Date;
}

const SECOND = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** In milliseconds. */
const UNITS: Readonly<Record<string, number>> = { s: SECOND, m: 60 * SECOND, h: HOUR };

/** A region is a part of its zone, so zones stand for both. */
export function isNamed(variable: Variable, source: string): boolean {
  return source.includes(variable) || (variable === 'instance.zone' && source.includes('instance.region'));
}

export function candidatesFor(
  variable: Variable,
  source: string,
  { grant, serviceAccount, now }: Subject,
): readonly Value[] {
  const clauses = clausesIn(source).filter((clause) => isNamed(variable, clause));
  const literals = clauses.flatMap((clause) =>
    Array.from(clause.matchAll(/'([^']*)'|"([^"]*)"/g), ([, a, b]) => a ?? b ?? ''),
  );
  const numbers = clauses.flatMap((clause) =>
    Array.from(clause.matchAll(/\b\d+\b/g), ([digits]) => Number(digits)),
  );
  switch (variable) {
    case 'instance.projectNumber':
      return [...new Set([123456789012, ...numbers.flatMap((one) => [one, one + 1, Math.max(one - 1, 1)])])];
    case 'instance.confidential':
      return [true, false];
    case 'instance.createdAt':
      return agesOf(literals, now);
    case 'request.time':
      return timesOf(literals, grant, now);
    case 'request.scopes':
      return [grant.scopes, [], ...grant.scopes.map((scope) => [scope])];
    case 'request.target':
      return [grant.target.member];
    case 'serviceAccount.email':
      return serviceAccount === undefined
        ? textsOf(literals, 'any@any.iam.gserviceaccount.com')
        : [serviceAccount];
    case 'serviceAccount.uniqueId':
      return textsOf([...literals, ...numbers.map(String)], '100000000000000000001');
    case 'instance.id':
      return textsOf([...literals, ...numbers.map(String)], '1234567890123456789');
    case 'instance.zone':
      return zonesOf(literals);
    case 'instance.name':
    case 'instance.projectId':
      return textsOf(literals, 'any-other');
  }
}

/** Parts that `&&`, `||` and `? :` separate, at any depth; what stands in a text separates nothing. */
function clausesIn(source: string): readonly string[] {
  const apart = source.replaceAll(/('[^']*'|"[^"]*")|&&|\|\||[?:]/g, (_, text?: string) => text ?? '\n');
  return apart.split('\n');
}

/** Each literal as the whole, the beginning, the end and the middle of a text. */
function textsOf(literals: readonly string[], other: string): readonly string[] {
  const made = literals.flatMap((literal) => [literal, `${literal}x`, `x${literal}`, `x${literal}x`]);
  return [...new Set([other, ...made, 'a', 'worker-1', 'x'.repeat(40)])];
}

/** The region of a VM is its zone's, so zones are made that belong to the regions. */
function zonesOf(literals: readonly string[]): readonly string[] {
  const made = literals.flatMap((literal) => [
    literal,
    `${literal}a`,
    `${literal}-a`,
    `x${literal}`,
    `${literal}x`,
  ]);
  return [...new Set(['us-central1-a', 'europe-west4-b', ...made])];
}

function agesOf(literals: readonly string[], now: Date): readonly number[] {
  const durations = literals.flatMap((literal) => {
    const parts = [...literal.matchAll(/(\d+)([smh])/g)];
    return parts.length === 0
      ? []
      : [parts.reduce((sum, [, n, unit = 's']) => sum + Number(n) * (UNITS[unit] ?? 0), 0)];
  });
  const instants = literals.flatMap((literal) =>
    Number.isNaN(Date.parse(literal)) ? [] : [now.getTime() - Date.parse(literal)],
  );
  const edges = [...durations, ...instants].flatMap((edge) => [edge - SECOND, edge, edge + SECOND]);
  return [...new Set([0, HOUR, DAY, 400 * DAY, ...edges])].filter((age) => age >= 0);
}

/** From now on, as long as the grant lasts. */
function timesOf(literals: readonly string[], { expiresAt }: Subject['grant'], now: Date): readonly Date[] {
  const edges = literals.flatMap((literal) => {
    const at = Date.parse(literal);
    return Number.isNaN(at) ? [] : [at - SECOND, at, at + SECOND];
  });
  const hours = Array.from({ length: 7 * 24 }, (_, hour) => now.getTime() + hour * HOUR);
  const months = Array.from({ length: 13 }, (_, month) => now.getTime() + month * 30 * DAY);
  const last = expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
  const times = [now.getTime(), ...edges, ...hours, ...months, now.getTime() + 3650 * DAY];
  const possible = [...new Set(times)].filter((at) => at >= now.getTime() && at < last);
  return (possible.length === 0 ? [now.getTime()] : possible).map((at) => new Date(at));
}
