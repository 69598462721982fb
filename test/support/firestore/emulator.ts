/**
 * Google's own Firestore emulator. Starting it takes most of a second, so one can serve a whole run: whoever starts it
 * hands its `host` on, and each test file keeps to a project id of its own, which the emulator creates on first use.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '../processes/free-port.ts';
import { keepOutput, onLine, type SpawnedProcess } from '../processes/process-output.ts';
import { tether } from '../processes/tether.ts';
import { findInstallation } from './installation.ts';

export interface FirestoreEmulator {
  /** `127.0.0.1:PORT`, as for the variable `FIRESTORE_EMULATOR_HOST`. */
  readonly host: string;
  /** Deletes all documents of one database of one project. */
  readonly clear: (projectId: string, databaseId?: string) => Promise<void>;
}

export interface RunningFirestoreEmulator extends FirestoreEmulator {
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

const START_DEADLINE_MS = 60_000;
const READY = 'Dev App Server is now running';

/** An emulator that is running already. */
export function firestoreEmulatorAt(host: string): FirestoreEmulator {
  return {
    host,
    clear: async (projectId, databaseId = '(default)') => {
      const url = `http://${host}/emulator/v1/projects/${projectId}/databases/${databaseId}/documents`;
      const response = await fetch(url, { method: 'DELETE' });
      if (!response.ok) throw new Error(`the emulator answered ${response.status}: ${await response.text()}`);
    },
  };
}

/** Why this machine cannot run the emulator, in words for a skipped test; undefined when it can. */
export function firestoreEmulatorMissing(): string | undefined {
  const installation = findInstallation();
  return 'missing' in installation ? installation.missing : undefined;
}

/** Returns when the emulator is ready. It ends with this process, if it was not stopped before. */
export async function startFirestoreEmulator(): Promise<RunningFirestoreEmulator> {
  const installation = findInstallation();
  if ('missing' in installation) throw new Error(installation.missing);

  const port = await freePort();
  const child = spawn(installation.java, javaArguments(installation.jar, port), {
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = keepOutput(child);
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    child.kill('SIGKILL');
    await gone;
  };
  await once(child, 'spawn');
  tether(child);

  const failure = await failureToStart(child);
  if (failure !== undefined) {
    await stop();
    throw new Error(`the Firestore emulator ${failure}\n${output.describe()}`);
  }
  return { ...firestoreEmulatorAt(`127.0.0.1:${port}`), pid: child.pid ?? 0, stop };
}

/** What `gcloud emulators firestore start` runs, with a JVM that saves its start instead of a long run. */
function javaArguments(jar: string, port: number): string[] {
  return [
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    // The emulator's error messages are in English only in an English JVM.
    '-Duser.language=en',
    '-cp',
    jar,
    'com.google.cloud.datastore.emulator.firestore.CloudFirestore',
    'start',
    '--host=127.0.0.1',
    `--port=${port}`,
    '--database-mode=firestore-native',
  ];
}

function failureToStart(child: SpawnedProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => resolve(`was not ready in ${START_DEADLINE_MS} ms`), START_DEADLINE_MS);
    onLine(child.stdout, (line) => {
      if (!line.includes(READY)) return;
      clearTimeout(deadline);
      resolve(undefined);
    });
    child.once('close', () => {
      clearTimeout(deadline);
      resolve('ended instead of starting');
    });
  });
}
