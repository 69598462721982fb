/**
 * What ends a command: a line for people, that says what happened and what to do next, and an exit code for scripts.
 */

import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: ExitCode;

  /** @param message must hold no secret */
  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

export function badUsage(message: string): Failure {
  return new Failure(EXIT_CODES.badUsage, message);
}
