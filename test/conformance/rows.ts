/** Every client of the matrix, in the order of the table. */

import { GCLOUD_ROWS } from './gcloud/rows.ts';
import { GO_ROWS } from './go/rows.ts';
import type { Row } from './harness/row.ts';
import { JAVA_ROWS } from './java/rows.ts';
import { NODE_ROWS } from './node/rows.ts';
import { PYTHON_PUBSUB_ROWS } from './pubsub/rows.ts';
import { PYTHON_ROWS } from './python/rows.ts';
import { RCLONE_ROWS } from './rclone/rows.ts';
import { RUST_ROWS } from './rust/rows.ts';
import { TERRAFORM_ROWS } from './terraform/rows.ts';

export const ROWS: readonly Row[] = [
  ...PYTHON_ROWS,
  ...PYTHON_PUBSUB_ROWS,
  ...GCLOUD_ROWS,
  ...GO_ROWS,
  ...JAVA_ROWS,
  ...NODE_ROWS,
  ...RUST_ROWS,
  ...TERRAFORM_ROWS,
  ...RCLONE_ROWS,
];

/** Unique among the rows. */
export function nameOf({ language, client }: Row): string {
  return `${language}: ${client}`;
}

export function rowNamed(name: string): Row {
  const row = ROWS.find((one) => nameOf(one) === name);
  if (row === undefined) throw new Error(`no row is called ${name}`);
  return row;
}
