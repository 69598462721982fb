/**
 * Finds what the Firestore emulator needs on this machine: Java, and the jar that gcloud's component of the same name
 * installs.
 * https://cloud.google.com/firestore/native/docs/emulator
 */

import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

export type Installation = { readonly java: string; readonly jar: string } | { readonly missing: string };

const JAR = 'platform/cloud-firestore-emulator/cloud-firestore-emulator.jar';

/** Where the packages of Debian and Red Hat, Google's container images and its installer put the SDK. */
const USUAL_ROOTS = [
  '/usr/lib/google-cloud-sdk',
  '/usr/share/google-cloud-sdk',
  '/usr/lib64/google-cloud-sdk',
  '/google-cloud-sdk',
  join(homedir(), 'google-cloud-sdk'),
];

export function findInstallation(): Installation {
  const java = findJava();
  if (java === undefined) return { missing: 'no java on the PATH or in JAVA_HOME' };
  const jar = findJar();
  if (jar === undefined) {
    return { missing: 'no Firestore emulator: gcloud components install cloud-firestore-emulator' };
  }
  return { java, jar };
}

function findJava(): string | undefined {
  const home = process.env['JAVA_HOME'];
  const own = home === undefined ? undefined : join(home, 'bin', 'java');
  return own !== undefined && isExecutable(own) ? own : findOnPath('java');
}

function findJar(): string | undefined {
  const gcloud = findOnPath('gcloud');
  const beside = gcloud === undefined ? [] : [join(realpathSync(gcloud), '..', '..')];
  const jar = [...beside, ...USUAL_ROOTS].map((root) => join(root, JAR)).find((path) => existsSync(path));
  if (jar !== undefined || gcloud === undefined) return jar;
  const asked = join(askForRoot(gcloud), JAR);
  return existsSync(asked) ? asked : undefined;
}

/** Takes about a second, so it is only for a gcloud that is a wrapper installed elsewhere. */
function askForRoot(gcloud: string): string {
  const env = {
    ...process.env,
    // It must answer from its own files: no metadata server, no usage report, no questions.
    CLOUDSDK_CORE_CHECK_GCE_METADATA: 'false',
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
  };
  try {
    const args = ['info', '--format=value(installation.sdk_root)'];
    return execFileSync(gcloud, args, { env, encoding: 'utf8', timeout: 20_000, stdio: 'pipe' }).trim();
  } catch {
    return '';
  }
}

function findOnPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
