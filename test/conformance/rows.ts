/** Every client of the matrix, in the order of the table. */

import type { Row } from './harness/row.ts';
import { PYTHON_ROWS } from './python/rows.ts';

export const ROWS: readonly Row[] = [...PYTHON_ROWS];

/** Unique among the rows. */
export function nameOf({ language, client }: Row): string {
  return `${language}: ${client}`;
}
