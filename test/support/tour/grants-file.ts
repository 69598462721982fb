/**
 * The grants of the tour: a YAML file with comments, to be read and edited by people while the tour stays up.
 */

import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseDocument } from 'yaml';
import { ALICE, DRIVE_READONLY, READ_WRITE, SIGNER, TRAINER, type Vm } from '../world/world.ts';

export interface GrantsFile {
  readonly path: string;
  /** The lines of one grant of a principal, as they stand in the file. */
  readonly grant: (principal: string, target: string) => Promise<readonly string[]>;
  /** Deletes these lines from the file. */
  readonly removeGrant: (principal: string, target: string) => Promise<void>;
  /** Gives this grant an end. */
  readonly limitGrant: (principal: string, target: string, end: Date) => Promise<void>;
  /** Writes the file as it was at first. */
  readonly restore: () => Promise<void>;
  /** Resolves when an exchange that starts now has to see every change made so far. */
  readonly settled: () => Promise<void>;
}

/** APIs that the trainer account may have ID tokens for. */
export const ID_TOKEN_AUDIENCES = ['https://api.example.com', 'https://billing.example.com'] as const;

/** What is promised: a change holds for exchanges that start so long after it. */
const SETTLES_AFTER_MS = 1_000;

const AS_WRITTEN = { lineWidth: 0, flowCollectionPadding: false } as const;

export async function writeGrantsFile(folder: string, worker: Vm, stranger: Vm): Promise<GrantsFile> {
  const path = join(folder, 'grants.yaml');
  const original = grantsOf(worker, stranger);

  /** By a rename, so that no reader sees half a file. */
  async function write(text: string): Promise<void> {
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  }

  await write(original);
  return {
    path,
    async grant(principal, target) {
      const text = await readFile(path, 'utf8');
      return missingLines(text.split('\n'), withoutGrant(text, principal, target).split('\n'));
    },
    removeGrant: async (principal, target) =>
      write(withoutGrant(await readFile(path, 'utf8'), principal, target)),
    limitGrant: async (principal, target, end) =>
      write(withEnd(await readFile(path, 'utf8'), principal, target, end)),
    restore: () => write(original),
    settled: () => wait(SETTLES_AFTER_MS),
  };
}

/** Everything else in the file stays as it is, comments too. */
function withoutGrant(text: string, principal: string, target: string): string {
  const document = parseDocument(text);
  document.deleteIn(['principals', principal, 'grants', target]);
  return document.toString(AS_WRITTEN);
}

function withEnd(text: string, principal: string, target: string, end: Date): string {
  const document = parseDocument(text);
  document.setIn(['principals', principal, 'grants', target, 'expiresAt'], end.toISOString());
  return document.toString(AS_WRITTEN);
}

/** The one run of lines that `after` lacks, blank ones left out. */
function missingLines(before: readonly string[], after: readonly string[]): readonly string[] {
  const start = before.findIndex((line, index) => line !== after[index]);
  return before.slice(start, start + before.length - after.length).filter((line) => line.trim() !== '');
}

function grantsOf(worker: Vm, stranger: Vm): string {
  return `# Who may become whom. When deployed, these documents are stored in Firestore.
# Edit and save: a change holds one second later, and nothing has to be restarted.

principals:
  # Every VM that runs as this service account ...
  ${worker.fleetId}:
    # its numeric id: the e-mail could be given to another account, this number cannot
    uniqueId: "${worker.identity.uniqueId}"
    # true refuses all of these VMs, whatever they are granted
    disabled: false
    grants:
      # ... may become what is listed here:

      serviceAccount:${TRAINER}:
        # a service account, for Cloud Storage and for two APIs that want ID tokens
        scopes: [${READ_WRITE}]
        idTokenAudiences: [${ID_TOKEN_AUDIENCES.join(', ')}]
        # and only in these zones
        condition: instance.zone.startsWith('us-central1-')

      user:${ALICE}:
        # a person, to read her Drive; the signer is the account that may act for people
        signer: ${SIGNER}
        scopes: [${DRIVE_READONLY}]

  # Nothing is granted to the stranger. Uncomment this, and it may list the bucket too:
  # ${stranger.fleetId}:
  #   uniqueId: "${stranger.identity.uniqueId}"
  #   grants:
  #     serviceAccount:${TRAINER}:
  #       scopes: [${READ_WRITE}]

controls:
  kill-switch:
    # true stops every exchange
    engaged: false
`;
}
