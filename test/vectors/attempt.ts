/**
 * What came of a call that may say no. Anything but a `Refusal` or a `Fault` is a bug and is thrown on.
 */

import { Fault } from '../../shared/fault.ts';
import { Refusal } from '../../shared/refusal.ts';

export type Attempt<T> = { readonly value: T } | { readonly thrown: Refusal | Fault };

export function attempt<T>(call: () => T): Attempt<T> {
  try {
    return { value: call() };
  } catch (error) {
    return { thrown: expected(error) };
  }
}

export async function attemptAsync<T>(call: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await call() };
  } catch (error) {
    return { thrown: expected(error) };
  }
}

function expected(error: unknown): Refusal | Fault {
  const isInternal = error instanceof Fault && error.reason === 'internal';
  if (!isInternal && (error instanceof Refusal || error instanceof Fault)) return error;
  throw error;
}

/** The reason of a refusal or a fault; `granted` where there is a value. */
export function reasonOf(outcome: Attempt<unknown>): string {
  return 'thrown' in outcome ? outcome.thrown.reason : 'granted';
}
