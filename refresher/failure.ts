/**
 * What ends a command: one line for people, and an exit code for scripts. Nothing else reaches the terminal.
 */

import { EXIT_CODES } from './exit-codes.ts';

/** The message says what is wrong and what to try; it must hold no secret. */
export class Failure extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Unknown flags, missing arguments, impossible combinations. */
export function badUsage(message: string): Failure {
  return new Failure(EXIT_CODES.badUsage, message);
}

/** A flag or a variable that is needed and missing, or holds what it may not. */
export function badConfiguration(message: string, cause?: unknown): Failure {
  return new Failure(EXIT_CODES.badConfiguration, message, { cause });
}
