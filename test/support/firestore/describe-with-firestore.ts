/**
 * A `describe` for tests that need the Firestore emulator. They use the one at `FIRESTORE_EMULATOR_HOST` where the run
 * has started one, and else start their own. On a machine that cannot run it they are skipped by name, with the reason
 * on standard error; with `CI=true` they fail.
 */

import { randomBytes } from 'node:crypto';
import { beforeAll, describe } from 'vitest';
import {
  firestoreEmulatorAt,
  firestoreEmulatorMissing,
  startFirestoreEmulator,
  type FirestoreEmulator,
} from './emulator.ts';

export interface FirestoreContext {
  /** Only inside tests and hooks: while they are collected nothing runs yet. */
  readonly emulator: () => FirestoreEmulator;
  /** Nobody else's, so that a shared emulator is as good as one's own. */
  readonly projectId: string;
}

const START_TIMEOUT_MS = 90_000;

export function describeWithFirestore(name: string, body: (firestore: FirestoreContext) => void): void {
  const sharedHost = process.env['FIRESTORE_EMULATOR_HOST'];
  const missing = sharedHost === undefined ? firestoreEmulatorMissing() : undefined;
  const isSkipped = missing !== undefined && process.env['CI'] !== 'true';
  if (isSkipped) process.stderr.write(`skipped: ${name}: ${missing}\n`);

  describe(`${name}${isSkipped ? ` (skipped: ${missing})` : ''}`, { skip: isSkipped }, () => {
    let emulator: FirestoreEmulator | undefined;

    beforeAll(async () => {
      const { stop, ...started } = await obtainEmulator(sharedHost);
      emulator = started;
      return stop;
    }, START_TIMEOUT_MS);

    body({
      projectId: `test-${randomBytes(6).toString('hex')}`,
      emulator: () => {
        if (emulator === undefined) throw new Error('the emulator is there only inside tests and hooks');
        return emulator;
      },
    });
  });
}

async function obtainEmulator(
  sharedHost: string | undefined,
): Promise<FirestoreEmulator & { stop?: () => Promise<void> }> {
  return sharedHost === undefined ? startFirestoreEmulator() : firestoreEmulatorAt(sharedHost);
}
