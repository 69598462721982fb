/** Steps promise something: how that is checked, and what is said where it does not come true. */

import { isDeepStrictEqual } from 'node:util';
import { withoutTokens } from './redaction.ts';

class PromiseNotKept extends Error {
  override readonly name = 'PromiseNotKept';

  constructor(what: string, expected: unknown, seen: unknown) {
    super(`${what}\n  expected  ${JSON.stringify(expected)}\n  seen      ${JSON.stringify(seen)}`);
  }
}

export function expectSame(what: string, seen: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(seen, expected)) throw new PromiseNotKept(what, expected, seen);
}

export class StepFailed extends Error {
  override readonly name = 'StepFailed';

  constructor(number: number, title: string, cause: unknown) {
    const how = cause instanceof PromiseNotKept ? 'did not turn out as promised' : 'broke off';
    super(`step ${number}, "${title}", ${how}`, { cause });
  }
}

/** The error and what caused it, each on lines of its own, without a whole token. */
export function describeFailure(error: unknown): string {
  const messages: string[] = [];
  for (let current = error; current instanceof Error; current = current.cause) messages.push(current.message);
  return withoutTokens(`The tour has failed: ${messages.join('\n')}\n`);
}
