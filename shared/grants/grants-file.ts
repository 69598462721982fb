/**
 * The grants file, parsed: the documents of Firestore in one YAML or JSON text. Pure.
 *
 * The file as a whole has to be well formed, down to the names of its collections; each document is judged by itself
 * when an exchange reads it, as if it came from Firestore.
 */

import { parseDocument, type Document } from 'yaml';
import { isRecord } from '../unknown.ts';

export interface GrantsFile {
  readonly principals: Readonly<Record<string, unknown>>;
  readonly killSwitch: unknown;
}

/** What is wrong with a file, in one line that completes "the grants file …". */
export class GrantsFileError extends Error {
  override readonly name = 'GrantsFileError';
}

const KILL_SWITCH_ID = 'kill-switch';

/** Throws a `GrantsFileError`. */
export function parseGrantsFile(text: string): GrantsFile {
  const { principals, controls } = collections(parseYaml(text));
  const stray = Object.keys(controls).find((id) => id !== KILL_SWITCH_ID);
  if (stray !== undefined)
    throw new GrantsFileError(`has controls/${stray}, but only controls/${KILL_SWITCH_ID} exists`);
  return {
    principals: mapValues(principals, withInstants),
    killSwitch: Object.hasOwn(controls, KILL_SWITCH_ID) ? controls[KILL_SWITCH_ID] : undefined,
  };
}

/** A warning is an error, too: an unknown tag may be what somebody meant to restrict a grant with. */
function parseYaml(text: string): unknown {
  const document = parseDocument(text, { uniqueKeys: true, logLevel: 'error' });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    const { line, col } = problem.linePos?.[0] ?? { line: 0, col: 0 };
    throw new GrantsFileError(`is not YAML at line ${line}, column ${col}: ${problem.code}`);
  }
  return toPlain(document);
}

/** Throws where an alias names nothing, or aliases multiply. */
function toPlain(document: Document): unknown {
  try {
    return document.toJS();
  } catch {
    throw new GrantsFileError('has an alias that names nothing, or too many of them');
  }
}

type Collection = Readonly<Record<string, unknown>>;

function collections(root: unknown): { principals: Collection; controls: Collection } {
  if (!isRecord(root)) throw new GrantsFileError('has to hold a map with principals and controls');
  const stray = Object.keys(root).find((name) => name !== 'principals' && name !== 'controls');
  if (stray !== undefined) throw new GrantsFileError(`has an unknown collection ${JSON.stringify(stray)}`);
  return { principals: collection(root, 'principals'), controls: collection(root, 'controls') };
}

function collection(root: Collection, name: string): Collection {
  const value = root[name] ?? {};
  if (!isRecord(value)) throw new GrantsFileError(`has to hold a map under ${name}`);
  return value;
}

/** RFC 3339 strings become instants where a stored document has them; anything else is left for its decoder. */
export function withInstants(document: unknown): unknown {
  if (!isRecord(document)) return document;
  const grants = isRecord(document['grants'])
    ? { grants: mapValues(document['grants'], (grant) => (isRecord(grant) ? withInstant(grant) : grant)) }
    : {};
  return { ...withInstant(document), ...grants };
}

function withInstant(record: Collection): Collection {
  const { expiresAt } = record;
  const instant = typeof expiresAt === 'string' ? parseInstant(expiresAt) : undefined;
  return instant === undefined ? record : { ...record, expiresAt: instant };
}

/** RFC 3339 §5.6, each number within its range but for the day, whose range depends on the month. */
const RFC_3339 =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/** `Date` takes the 30th of February for the 2nd of March. */
function parseInstant(text: string): Date | undefined {
  const [, year, month, day] = RFC_3339.exec(text)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return day <= daysInMonth ? new Date(text.toUpperCase()) : undefined;
}

/** Own properties only, `__proto__` among them: `fromEntries` defines where an assignment would inherit. */
function mapValues(record: Collection, change: (value: unknown) => unknown): Collection {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
