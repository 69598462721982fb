/**
 * The origin that a test puts in the place of all of Google's. Pure.
 */

import { EXIT_CODES } from '../exit-codes.ts';
import { Failure } from '../failure.ts';

/** Throws a `Failure`: whoever could set it to another machine would get the operator's token. */
export function loopbackOrigin(value: string | undefined): string | undefined {
  if (value === undefined || /^http:\/\/127\.0\.0\.1:\d{1,5}$/.test(value)) return value;
  throw new Failure(
    EXIT_CODES.badConfiguration,
    'TOKEN_VENDING_GOOGLE_ORIGIN is for tests: it has to be http://127.0.0.1 with a port, or unset',
  );
}
