/**
 * Exit codes, after sysexits.h where it has one. A child's own code passes through `exec` unchanged.
 */

export const EXIT_CODES = {
  ok: 0,
  /** EX_USAGE: unknown flags, impossible combinations. */
  badUsage: 64,
  /** EX_UNAVAILABLE: the functions or the metadata server could not be reached in time. */
  unavailable: 69,
  /** EX_SOFTWARE: a bug of the refresher. */
  bug: 70,
  /** EX_NOPERM: the function refused the target. */
  refused: 77,
  /** EX_CONFIG: a flag or variable holds what it may not. */
  badConfiguration: 78,
} as const;
