/** A mistake, made in a copy for as long as it is looked at. */

import { readFileSync, writeFileSync } from 'node:fs';
import type { Workplace } from './workplace.ts';

export interface Mistake {
  /** In the repository. */
  readonly file: string;
  /** Stands once in it. */
  readonly from: string;
  readonly to: string;
}

export async function withMistake<T>(
  workplace: Workplace,
  { file, from, to }: Mistake,
  look: () => Promise<T>,
): Promise<T> {
  const path = workplace.path(file);
  const original = readFileSync(path, 'utf8');
  if (original.split(from).length !== 2) throw new Error(`stands not once in ${file}: ${from}`);
  writeFileSync(
    path,
    original.replace(from, () => to),
  );
  try {
    return await look();
  } finally {
    writeFileSync(path, original);
  }
}
