/**
 * A clock that every process of the machine reads alike, and that nobody sets: unlike that of `performance`, whose zero is
 * the start of the process.
 */

/** `CLOCK_MONOTONIC`, in milliseconds: https://nodejs.org/api/process.html#processhrtimebigint */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
