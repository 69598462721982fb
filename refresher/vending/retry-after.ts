/**
 * `Retry-After` (RFC 9110 §10.2.3): seconds, or a date, which is read by the server's own clock. Pure.
 */

/** So that one odd answer does not silence a refresher for days. */
const MAX_SECONDS = 3600;

/** Whole seconds, 1 … 3600. `undefined`: there is none that can be read. */
export function parseRetryAfterSeconds(
  value: string | undefined,
  date: string | undefined,
): number | undefined {
  const seconds = /^\d{1,9}$/.test(value ?? '') ? Number(value) : secondsBetween(date, value);
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 1), MAX_SECONDS) : undefined;
}

/** Not a number where one of the two is no date of HTTP. */
function secondsBetween(from: string | undefined, to: string | undefined): number {
  return (instantOf(to) - instantOf(from)) / 1000;
}

/** The one form that servers may send; `Date.parse` alone would read nearly anything. */
function instantOf(date: string | undefined): number {
  return /^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(date ?? '')
    ? Date.parse(date ?? '')
    : Number.NaN;
}
