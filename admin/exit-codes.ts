/**
 * Exit codes, after sysexits.h where it has one. `differs` is for schedulers and CI: nothing broke, and somebody should look.
 */

export const EXIT_CODES = {
  ok: 0,
  /** Lint found errors, or the database differs from the files. */
  differs: 1,
  /** EX_USAGE: unknown commands and flags, missing arguments. */
  badUsage: 64,
  /** EX_DATAERR: a file that does not say what it must. */
  badFile: 65,
  /** EX_NOINPUT: a file that is not there. */
  noFile: 66,
  /** EX_UNAVAILABLE: the database could not be reached in time. */
  unavailable: 69,
  /** EX_SOFTWARE: a bug of this command. */
  bug: 70,
  /** EX_TEMPFAIL: somebody else was quicker; make a new plan. */
  overtaken: 75,
  /** EX_NOPERM: no credentials, no permission, or a change that was not allowed. */
  notAllowed: 77,
  /** EX_CONFIG: a flag or variable holds what it may not. */
  badConfiguration: 78,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];
