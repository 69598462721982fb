/**
 * What a settings function stopped with.
 */

import { expect } from 'vitest';
import { Failure } from '../../../refresher/failure.ts';

export function failureOf(act: () => unknown): { readonly exitCode: number; readonly message: string } {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    const { exitCode, message } = error as Failure;
    expect(message).not.toContain('\n');
    return { exitCode, message };
  }
  throw new Error('it did not fail');
}
