/**
 * vitest's global setup: one emulator for a whole run. Suites find it at `FIRESTORE_EMULATOR_HOST` and keep apart by
 * their project ids. On a machine that cannot run it, `describeWithFirestore` says what is skipped.
 */

import { firestoreEmulatorMissing, startFirestoreEmulator } from './emulator.ts';

export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (firestoreEmulatorMissing() !== undefined) return undefined;
  const emulator = await startFirestoreEmulator();
  process.env['FIRESTORE_EMULATOR_HOST'] = emulator.host;
  return () => emulator.stop();
}
