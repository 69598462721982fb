/**
 * How long an answer of the database is waited for. The Firestore client has no deadline that works: a server that hangs is
 * waited for without end, and one that is not there for most of a minute.
 */

import type { DatabaseFailures } from './database-failures.ts';

/** Until it has answered once, nothing speaks for its being there at all. */
const FIRST_ANSWER_TIMEOUT_MS = 8_000;
const ANSWER_TIMEOUT_MS = 30_000;

/** Rejects with a `Failure` that says what to do, or with `Overtaken`. */
export type Answered = <T>(work: Promise<T>) => Promise<T>;

export function createPatience(failures: DatabaseFailures): Answered {
  let hasAnswered = false;
  return async function answered(work) {
    const timer = Promise.withResolvers<never>();
    const timeoutMs = hasAnswered ? ANSWER_TIMEOUT_MS : FIRST_ANSWER_TIMEOUT_MS;
    const timeout = setTimeout(() => timer.reject(failures.unavailable()), timeoutMs);
    try {
      const answer = await Promise.race([work, timer.promise]);
      hasAnswered = true;
      return answer;
    } catch (error) {
      throw failures.of(error);
    } finally {
      clearTimeout(timeout);
    }
  };
}
