/**
 * Writes `admin/grants.schema.json`, which editors read: `node admin/files/write-schema.ts`.
 */

import { writeFileSync } from 'node:fs';
import { GRANTS_SCHEMA } from './grants-schema.ts';

export const SCHEMA_FILE = new URL('../grants.schema.json', import.meta.url);

export function schemaText(): string {
  return `${JSON.stringify(GRANTS_SCHEMA, null, 2)}\n`;
}

if (import.meta.main) writeFileSync(SCHEMA_FILE, schemaText());
