/**
 * What `--json` prints: one JSON text, for programs.
 */

import type { Context, Options } from '../command-line/command.ts';

export const JSON_OPTION = {
  json: { value: '', help: 'print JSON, for programs' },
} as const satisfies Options;

export async function printJson({ print }: Context, value: unknown): Promise<void> {
  await print(`${JSON.stringify(value, null, 2)}\n`);
}
