/**
 * A stored value, as a plan shows it. Pure.
 */

const MAX_SHOWN = 400;

export function shown(value: unknown): string {
  if (value === undefined) return 'none';
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value))
    return value.length === 0 ? 'none' : value.map(shown).join(' ').slice(0, MAX_SHOWN);
  return printable(JSON.stringify(value));
}

/** A stored text may hold what moves the cursor of a terminal. */
function printable(text: string): string {
  return text
    .replace(/[^\x20-\x7e\u00a0-\u{10ffff}]|[\u202a-\u202e\u2066-\u2069]/gu, '�')
    .slice(0, MAX_SHOWN);
}
