/**
 * `npm run build`: puts `dist/functions` into `dist/functions.zip`, what is deployed, and prints its SHA-256.
 *
 * The same files make the same bytes, wherever and whenever: the digest says whether what runs is what was tested.
 */

import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { zipSync } from 'fflate';

const FOLDER = new URL('../dist/functions/', import.meta.url);
const ARCHIVE = new URL('../dist/functions.zip', import.meta.url);

/** The first day that the format can hold: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT §4.4.6 */
const FIRST_DAY = '1980-01-01T00:00:00';
const READABLE_FILE = 0o100644;
const UNIX = 3;

/** Names are sorted; times, owners and modes are the same for all. */
export function archiveOf(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const attributes = { mtime: FIRST_DAY, os: UNIX, attrs: READABLE_FILE << 16, level: 9 } as const;
  const names = Object.keys(files).toSorted();
  return zipSync(
    Object.fromEntries(names.map((name) => [name, [files[name] ?? new Uint8Array(), attributes]])),
  );
}

async function filesIn(folder: URL): Promise<Record<string, Uint8Array>> {
  const names = await readdir(folder);
  const read = async (name: string) => [name, new Uint8Array(await readFile(new URL(name, folder)))] as const;
  return Object.fromEntries(await Promise.all(names.map(read)));
}

if (import.meta.main) {
  const archive = archiveOf(await filesIn(FOLDER));
  await writeFile(ARCHIVE, archive);
  const digest = createHash('sha256').update(archive).digest('hex');
  process.stdout.write(`dist/functions.zip: sha256 ${digest}\n`);
}
